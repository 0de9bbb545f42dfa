using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Whose Maildir it is may put anything where a file should be. Nobody waits for the other end of a pipe, nor reads a device without end.</summary>
public sealed class PipeTests
{
    // Not what is waited for, but how long a test that hangs may hang.
    private static readonly TimeSpan Hung = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("dovecot-uidlist")]
    [InlineData("dovecot-keywords")]
    [InlineData("mailops-keywords")]
    [InlineData("mailops-log")]
    [InlineData("mailops-index")]
    [InlineData("mailops-cache")]
    [InlineData("mailops-layout")]
    [InlineData("mailops-rename")]
    [InlineData("subscriptions")]
    [InlineData("dovecot-uidlist.tmp")]
    public async Task In_the_place_of_a_file_that_can_be_made_anew_a_pipe_is_an_empty_one(string name)
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await (await store.OpenAsync()).DisposeAsync();
        await PutPipeAsync(store, name);
        await store.RestartAsync();
        await Task.Run(() => UseAsync(store)).WaitAsync(Hung);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(["work"], again.Messages[0].Flags.Keywords);
        Assert.Equal(2, again.Messages.Count);
    }

    [Theory]
    [InlineData("mailops-uidseal")]
    [InlineData("maildirsize")]
    public async Task A_pipe_in_the_place_of_a_file_that_must_be_written_is_named_with_what_to_do(string name)
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await (await store.OpenAsync()).DisposeAsync();
        var pipe = await PutPipeAsync(store, name);
        await store.RestartAsync();
        var refused = await Assert.ThrowsAsync<MailStoreException>(() => Task.Run(() => UseAsync(store)).WaitAsync(Hung));
        Assert.Contains($"'{pipe}': it is a pipe, a socket or a device, and not a file. Remove it.", refused.Message, StringComparison.Ordinal);
        File.Delete(pipe);
        await UseAsync(store);
    }

    [Theory]
    [InlineData("dovecot-uidlist")]
    [InlineData("mailops-uidseal")]
    [InlineData("mailops-log")]
    public async Task A_directory_in_the_place_of_a_file_is_named_with_what_to_do(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What is said is what Linux's calls say.");
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        var directory = Directory.CreateDirectory(Path.Join(store.Inbox, name)).FullName;
        var refused = await Assert.ThrowsAsync<MailStoreException>(() => UseAsync(store));
        Assert.Contains($"'{directory}': it is a directory and not a file. Move it away.", refused.Message, StringComparison.Ordinal);
        Directory.Delete(directory);
        await UseAsync(store);
    }

    [Fact]
    public async Task A_lock_that_is_a_pipe_is_broken_like_one_that_is_empty()
    {
        var clock = new ShiftedClock();
        await using var store = new StoreFixture(clock: clock);
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await PutPipeAsync(store, "dovecot-uidlist.lock");
        File.SetLastWriteTimeUtc(Path.Join(store.Inbox, "dovecot-uidlist.lock"), DateTime.UtcNow.AddMinutes(-1));
        await using var inbox = await Task.Run(() => store.OpenAsync().AsTask()).WaitAsync(Hung);
        Assert.Single(inbox.Messages);
    }

    [Fact]
    public void Of_a_device_nothing_is_read_and_a_pipe_is_neither_appended_to_nor_overwritten()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Devices are asked for by Linux's calls.");
        using var folder = new PrivateFolder();
        File.CreateSymbolicLink(folder.Of("zero"), "/dev/zero");
        using var disk = new LinuxDisk();
        Assert.Empty(disk.ReadAll(folder.Of("zero"))!);
        using (var process = System.Diagnostics.Process.Start("mkfifo", folder.Of("pipe")))
            process.WaitForExit();
        Assert.Empty(disk.ReadAll(folder.Of("pipe"))!);
        Assert.Contains("it is a pipe", Assert.Throws<MailStoreException>(() => disk.Append(folder.Of("pipe"), "a"u8)).Message, StringComparison.Ordinal);
        Assert.Contains("it is a pipe", Assert.Throws<MailStoreException>(() => disk.Overwrite(folder.Of("pipe"), "a"u8)).Message, StringComparison.Ordinal);
        Assert.Throws<MailStoreException>(() => disk.Flush(folder.Of("pipe")));
    }

    [Fact]
    public void A_file_that_is_too_large_to_be_read_as_a_whole_is_named_with_its_size()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The portable disk leaves it to .NET.");
        using var folder = new PrivateFolder();
        using (var file = File.Create(folder.Of("list")))
            file.SetLength(3L << 30);
        using var disk = new LinuxDisk();
        Assert.Contains("it has 3221225472 octets", Assert.Throws<MailStoreException>(() => disk.ReadAll(folder.Of("list"))).Message, StringComparison.Ordinal);
    }

    private static async Task UseAsync(StoreFixture store)
    {
        await using var inbox = await store.OpenAsync();
        await inbox.StoreFlagsAsync([inbox.Messages[0]], FlagChange.Add, new MessageFlagSet(SystemFlags.None, ["work"]), CancellationToken.None);
        Assert.NotNull(await store.AppendAsync("Subject: 2\r\n\r\n"));
        Assert.Equal("Subject: 1\r\n\r\n", await StoreFixture.ReadAsync(inbox, inbox.Messages[0]));
    }

    private static async Task<string> PutPipeAsync(StoreFixture store, string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are opened without waiting by Linux's calls.");
        var path = Path.Join(store.Inbox, name);
        File.Delete(path);
        await PrivateFolder.RunAsync("mkfifo", path);
        return path;
    }
}
