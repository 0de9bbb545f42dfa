using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class MaildirInPlaceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mailops-place-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_plain_Maildir_opens_where_it_lies()
    {
        var path = Make("Mail");
        await File.WriteAllTextAsync(Path.Combine(path, "new", "1700000000.1.host"), "Subject: x\n\nbody\n");
        await using var maildir = await OpenAsync(path);
        Assert.Equal(MaildirLayout.MaildirPlusPlus, maildir.Layout);
        Assert.Equal(path, maildir.Account.Name);
        Assert.Equal(["INBOX"], (await maildir.Account.ListAsync(CancellationToken.None)).Select(info => info.Name));
        await using var inbox = await maildir.Account.OpenAsync("INBOX", readOnly: false, CancellationToken.None);
        Assert.Equal("Subject: x\r\n\r\nbody\r\n", await StoreFixture.ReadAsync(inbox!, Assert.Single(inbox!.Messages)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_message_that_is_appended_goes_through_the_Maildirs_own_tmp_and_leaves_it_empty()
    {
        var path = Make("Mail");
        await using (var maildir = await OpenAsync(path))
        {
            await AppendAsync(maildir, "INBOX");
            Assert.Single(Directory.GetFiles(Path.Combine(path, "new")));
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(path, "tmp")));
        Assert.Equal(
            ["cur", "dovecot-uidlist", "dovecot-uidvalidity", "mailops-uidseal", "new", "tmp"],
            Directory.GetFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!).Where(name => !name.StartsWith("dovecot-uidvalidity.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Where(name => !IsOfOthers(name)));
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task What_lies_in_tmp_stays_unless_it_is_ours_and_old_and_its_process_gone()
    {
        var path = Make("Mail");
        var host = UniqueNames.Next(TimeProvider.System).Split('.', 3)[2];
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string[] kept = [$"{now}.M1P99999999Q1.{host}", "1600000000.M1P99999999Q1.elsewhere", "1600000000.1234_1.host", $"1600000000.M1P{Environment.ProcessId}Q1.{host}"];
        foreach (var name in kept)
            await File.WriteAllTextAsync(Path.Combine(path, "tmp", name), "x");
        await File.WriteAllTextAsync(Path.Combine(path, "tmp", $"1600000000.M1P99999999Q1.{host}"), "x");
        foreach (var file in Directory.GetFiles(Path.Combine(path, "tmp")))
            File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);

        await using var maildir = await OpenAsync(path);
        Assert.Equal(kept.Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(path, "tmp")).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("nothing", "'{0}' is no Maildir: there is no such directory. Check the path.")]
    [InlineData("empty", "'{0}' is no Maildir: it has no 'cur' and no 'new' in it. Check the path.")]
    [InlineData("file", "'{0}' is no Maildir: it is a file. Name the directory that has 'cur', 'new' and 'tmp' in it.")]
    [InlineData("mails", "'{0}' is no Maildir: but there are some below it: 'Drafts', 'Inbox'. Open one of those.")]
    [InlineData("half", "'{0}' is no Maildir: it has 'cur' but no 'new'. If it is a Maildir that lost its empty directories, make 'new' and 'tmp' in it.")]
    [Trait("Windows", "can")]
    public async Task What_is_no_Maildir_is_refused_with_what_it_is_and_stays_as_it_is(string name, string message)
    {
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        await File.WriteAllTextAsync(Path.Combine(_root, "file"), "From x\n");
        Make("mails/Inbox");
        Make("mails/Drafts");
        Directory.CreateDirectory(Path.Combine(_root, "half", "cur"));
        var before = Tree();
        var path = Path.Combine(_root, name);
        var error = await Assert.ThrowsAsync<MailStoreException>(async () => await OpenAsync(path));
        Assert.Equal(message.Replace("{0}", path, StringComparison.Ordinal), error.Message);
        Assert.Equal(before, Tree());
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_part_of_a_Maildir_is_refused_with_the_Maildir()
    {
        var path = Make("Mail");
        var error = await Assert.ThrowsAsync<MailStoreException>(async () => await OpenAsync(Path.Combine(path, "cur")));
        Assert.Equal($"'{Path.Combine(path, "cur")}' is no Maildir: it is a part of one. Open '{path}'.", error.Message);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task A_Maildir_is_made_only_when_asked_for_and_where_nothing_else_is()
    {
        var path = Path.Combine(_root, "new", "Mail");
        await using (var maildir = await MaildirInPlace.CreateAsync(path, null, CancellationToken.None))
            await AppendAsync(maildir, "INBOX");
        await using (var again = await MaildirInPlace.CreateAsync(path, null, CancellationToken.None))
            Assert.Equal(1, (await again.Account.StatusAsync("INBOX", CancellationToken.None))!.Messages);

        await File.WriteAllTextAsync(Path.Combine(_root, "note"), "x");
        var error = await Assert.ThrowsAsync<MailStoreException>(async () => await MaildirInPlace.CreateAsync(_root, null, CancellationToken.None));
        Assert.Equal($"Cannot make a Maildir at '{_root}': something else is there. Name a directory that is empty or does not exist.", error.Message);
    }

    [Fact]
    [Trait("Windows", "can")]
    public async Task Folders_of_both_layouts_are_found_as_they_lie()
    {
        var plus = Make("plus");
        Make("plus/.Sent");
        Make("plus/.Archive.2026");
        var nested = Make("nested");
        Make("nested/Sent");
        Make("nested/Archive/2026");
        Make("nested/v1.0");
        foreach (var (path, layout, names) in new[]
        {
            (plus, MaildirLayout.MaildirPlusPlus, "INBOX Archive- Archive/2026 Sent"),
            (nested, MaildirLayout.Fs, "INBOX Archive- Archive/2026 Sent v1.0"),
        })
        {
            await using var maildir = await OpenAsync(path);
            Assert.Equal(layout, maildir.Layout);
            Assert.Equal(names, string.Join(' ', (await maildir.Account.ListAsync(CancellationToken.None)).Select(info => info.Name + (info.Exists ? "" : "-"))));
        }
    }

    [Fact]
    public async Task What_root_makes_in_a_users_Maildir_is_the_users_and_links_lead_root_nowhere()
    {
        Peers.RequireRoot("Taking the place of another user");
        var path = Make("Mail");
        await PrivateFolder.RunAsync("/bin/chmod", "755", _root);
        await PrivateFolder.RunAsync("/bin/chmod", "-R", "u=rwX,g=rwX,o=", path);
        var secret = Path.Combine(_root, "secret");
        await File.WriteAllTextAsync(secret, "root's");
        await PrivateFolder.RunAsync("/bin/chmod", "600", secret);
        await PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", path);
        await using (var maildir = await OpenAsync(path))
        {
            await maildir.Account.CreateAsync("Sub", CancellationToken.None);
            await AppendAsync(maildir, "Sub");
        }

        var listed = await PrivateFolder.RunAsync("/usr/bin/find", path, "-printf", "%u:%g %m %y\n");
        Assert.Equal(["nobody:nogroup 660 f", "nobody:nogroup 770 d"], listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal));

        File.CreateSymbolicLink(Path.Combine(path, "mailops-uidseal"), secret);
        await using (var maildir = await OpenAsync(path))
        {
            var error = await Assert.ThrowsAsync<MailStoreException>(async () => await AppendAsync(maildir, "INBOX"));
            Assert.Equal(StoreFault.NotWritable, error.Fault);
        }

        Assert.Equal("root's", await File.ReadAllTextAsync(secret));
    }

    private static bool IsOfOthers(string name) => name.StartsWith("mailops-", StringComparison.Ordinal) && name != "mailops-uidseal";

    private static ValueTask<MaildirInPlace> OpenAsync(string path) => MaildirInPlace.OpenAsync(path, null, CancellationToken.None);

    private static async Task AppendAsync(MaildirInPlace maildir, string mailbox)
    {
        await using var delivery = maildir.BeginDelivery();
        delivery.Write(Encoding.ASCII.GetBytes("Subject: appended\r\n\r\nbody\r\n"));
        Assert.NotNull(await maildir.Account.AppendAsync(mailbox, delivery, MessageFlagSet.None, null, CancellationToken.None));
    }

    private string Make(string name)
    {
        var path = Path.Combine(_root, name);
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(path, part));
        return path;
    }

    private string Tree() => string.Join('\n', Directory.GetFileSystemEntries(_root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
}
