using System.Text;
using MailOps.Cmdlets.Queue;
using MailOps.Server.Queue.Administration;
using Xunit;

namespace MailOps.Cmdlets.Tests.Queue;

/// <summary>Messages of a queue that are saved as files.</summary>
public sealed class MessageExportTests : IDisposable
{
    private const string Id = "01KBGTV3Z8QWE";
    private const string Envelope = "{\"sender\":\"ann@example.com\"}\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("mailops-export-").FullName;

    [Fact]
    public async Task In_a_folder_each_has_the_name_of_its_id_for_this_user_alone()
    {
        var folder = Path.Join(_folder, "new", "saved") + Path.DirectorySeparatorChar;
        var export = new MessageExport(folder, replaces: false);
        var file = await SaveAsync(export, "Subject: x\r\n\r\nbody\r\n");
        await SaveAsync(export, "other", "01KBGTV3Z8QWF");
        Assert.Equal(Path.Join(folder, Id + ".eml"), file.FullName);
        Assert.Equal("Subject: x\r\n\r\nbody\r\n", await File.ReadAllTextAsync(file.FullName));
        Assert.Equal(Envelope, await File.ReadAllTextAsync(Path.Join(folder, Id + ".json")));
        Assert.Equal(4, Directory.GetFiles(folder).Length);
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        foreach (var one in Directory.GetFiles(folder))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(one));
    }

    [Theory]
    [InlineData("message.eml", "message.json")]
    [InlineData("message", "message.json")]
    [InlineData("a.b.eml", "a.b.json")]
    // Not the message's own.
    [InlineData("message.json", "message.json.json")]
    [InlineData("MESSAGE.JSON", "MESSAGE.JSON.json")]
    public async Task A_file_has_its_envelope_beside_it(string name, string envelope)
    {
        await SaveAsync(new MessageExport(Path.Join(_folder, name), replaces: false), "text");
        Assert.Equal(("text", Envelope), (await File.ReadAllTextAsync(Path.Join(_folder, name)), await File.ReadAllTextAsync(Path.Join(_folder, envelope))));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Theory]
    [InlineData(".eml")]
    [InlineData(".json")]
    public async Task What_is_there_stays_unless_it_is_to_be_replaced(string extension)
    {
        var there = Path.Join(_folder, Id + extension);
        await File.WriteAllTextAsync(there, "mine");
        var refused = await Assert.ThrowsAsync<ExportRefusedException>(() => SaveAsync(new MessageExport(_folder, replaces: false), "text"));
        Assert.Equal($"'{there}' is there already. Name another place, or add -Force to replace it.", refused.Message);
        Assert.Equal("mine", await File.ReadAllTextAsync(there));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
        await SaveAsync(new MessageExport(_folder, replaces: true), "text");
        Assert.Equal("text", await File.ReadAllTextAsync(Path.Join(_folder, Id + ".eml")));
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public async Task A_link_leads_nowhere_even_one_to_nothing()
    {
        if (OperatingSystem.IsWindows())
            return;
        var elsewhere = Path.Join(_folder, "elsewhere");
        var link = Path.Join(_folder, Id + ".eml");
        File.CreateSymbolicLink(link, elsewhere);
        await Assert.ThrowsAsync<ExportRefusedException>(() => SaveAsync(new MessageExport(_folder, replaces: false), "text"));
        await SaveAsync(new MessageExport(_folder, replaces: true), "text");
        Assert.False(File.Exists(elsewhere));
        Assert.Null(new FileInfo(link).LinkTarget);
    }

    [Fact]
    public async Task A_folder_in_the_way_and_one_file_for_two_are_told_with_what_to_write()
    {
        Directory.CreateDirectory(Path.Join(_folder, Id + ".eml"));
        var refused = await Assert.ThrowsAsync<ExportRefusedException>(() => SaveAsync(new MessageExport(_folder, replaces: true), "text"));
        Assert.Equal($"'{Path.Join(_folder, Id)}.eml' is a folder. Name another file, or give -Path a folder with a slash at its end.", refused.Message);

        var one = new MessageExport(Path.Join(_folder, "one.eml"), replaces: true);
        await SaveAsync(one, "first");
        refused = await Assert.ThrowsAsync<ExportRefusedException>(() => SaveAsync(one, "second", "01KBGTV3Z8QWF"));
        Assert.Equal($"'{Path.Join(_folder, "one.eml")}' holds a message already, and has room for one: give -Path a folder, with a slash at its end.", refused.Message);
        Assert.Equal("first", await File.ReadAllTextAsync(Path.Join(_folder, "one.eml")));

        var all = new MessageExport(_folder + Path.DirectorySeparatorChar, replaces: true);
        await SaveAsync(all, "first", "01KBGTV3Z8QWG");
        refused = await Assert.ThrowsAsync<ExportRefusedException>(() => SaveAsync(all, "again", "01KBGTV3Z8QWG"));
        Assert.Equal($"'{Path.Join(_folder, "01KBGTV3Z8QWG")}.eml' was saved just now.", refused.Message);
    }

    [Fact]
    public async Task What_does_not_come_as_a_whole_leaves_nothing_and_takes_nothing_away()
    {
        await File.WriteAllTextAsync(Path.Join(_folder, Id + ".eml"), "before");
        var export = new MessageExport(_folder, replaces: true);
        await using (var shorter = new ExportedMessage(Envelope, 1000, new MemoryStream(new byte[100]), () => ValueTask.CompletedTask))
            Assert.Equal(QueueAccessFault.Failed, (await Assert.ThrowsAsync<QueueAccessException>(() => export.SaveAsync(Id, shorter, CancellationToken.None))).Fault);
        await using (var whole = Message("text"))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new MessageExport(_folder, replaces: true).SaveAsync(Id, whole, new CancellationToken(canceled: true)));
        Assert.Equal("before", await File.ReadAllTextAsync(Assert.Single(Directory.GetFileSystemEntries(_folder))));
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error_of_the_disk() =>
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => SaveAsync(new MessageExport(Path.Join(_folder, "none", "one.eml"), replaces: false), "text"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ExportedMessage Message(string text) =>
        new(Envelope, Encoding.UTF8.GetByteCount(text), new MemoryStream(Encoding.UTF8.GetBytes(text)), () => ValueTask.CompletedTask);

    private static async Task<FileInfo> SaveAsync(MessageExport export, string text, string id = Id)
    {
        await using var message = Message(text);
        return await export.SaveAsync(id, message, CancellationToken.None);
    }
}
