using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MailOps.Client.Mboxes;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Mboxes;

/// <summary>All of what is added, or none, whatever happens meanwhile; and nobody else's.</summary>
public sealed class MboxAppendTests : IDisposable
{
    private const string Before = "From a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx\n\n";
    private const string Added = "From b Thu Nov 24 18:22:48 1986\nSubject: 2\n\ny\n\nFrom c Thu Nov 24 18:22:48 1986\nSubject: 3\n\nz\n\n";
    private const string Theirs = "From d Thu Nov 24 18:22:48 1986\nSubject: 4\n\nw\n\n";

    private readonly PrivateFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Box => _folder.Of("box");

    private string Aside => _folder.Of(".box.append");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void After_a_kill_at_any_octet_nothing_is_half_there()
    {
        for (var written = 0; written <= Added.Length; written++)
        {
            Leave(written, "");
            MboxAppend.RecoverIfLeft(Box);
            Assert.Equal(Before + (written == Added.Length ? Added : ""), File.ReadAllText(Box));
            Assert.False(File.Exists(Aside));
        }
    }

    [Fact]
    public void What_another_program_added_behind_it_stays()
    {
        for (var written = 0; written <= Added.Length; written++)
        {
            Leave(written, Theirs);
            MboxAppend.RecoverIfLeft(Box);
            using var file = MboxFile.Open(Box);
            Assert.EndsWith(Theirs, File.ReadAllText(Box), StringComparison.Ordinal);
            // What ends with an empty line cannot be told from what is whole, and stays.
            Assert.Equal(2 + (Added[..written].EndsWith("\n\n", StringComparison.Ordinal) ? Added[..written].Split("From ").Length - 1 : 0), file.Entries().Count());
        }
    }

    [Fact]
    public void What_another_program_changed_since_stays_as_it_is()
    {
        // Written anew with other messages, cut shorter, and a field changed within what was added.
        foreach (var now in new[] { Theirs + Theirs + Theirs, Theirs, (Before + Added[..40]).Replace("Subject: 1", "Subject: 9", StringComparison.Ordinal), Before + Added[..^3].Replace("Subject: 3", "Subject: 33", StringComparison.Ordinal), Before })
        {
            Leave(0, "");
            File.WriteAllText(Box, now);
            using (MboxFile.Open(Box))
                Assert.True(File.Exists(Aside));
            MboxAppend.RecoverIfLeft(Box);
            Assert.Equal(now, File.ReadAllText(Box));
            Assert.False(File.Exists(Aside));
        }
    }

    [Fact]
    public void A_file_that_is_nobodys_addition_takes_nothing_away()
    {
        File.WriteAllText(Box, Before);
        foreach (var aside in new byte[][] { [], [1, 2, 3], [0, 0, 0, 0, 0, 0, 0, 10, (byte)'x'], new byte[100], [.. Enumerable.Repeat((byte)0xFF, 100)] })
        {
            File.WriteAllBytes(Aside, aside);
            MboxAppend.RecoverIfLeft(Box);
            Assert.Equal(Before, File.ReadAllText(Box));
        }
    }

    [Fact]
    public async Task A_link_in_the_place_of_what_is_written_aside_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights there.");
        var precious = _folder.Of("precious");
        await File.WriteAllTextAsync(precious, "precious", Cancel);
        File.CreateSymbolicLink(Aside + ".part", precious);
        await MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n")], Cancel);
        Assert.Equal("precious", await File.ReadAllTextAsync(precious, Cancel));
    }

    [Fact]
    public async Task Who_adds_next_puts_it_in_order_too()
    {
        Leave(30, "");
        await MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 5\n\nv\n")], Cancel);
        using var file = MboxFile.Open(Box);
        Assert.Equal(2, file.Entries().Count());
        Assert.StartsWith(Before + "From MAILER-DAEMON", await File.ReadAllTextAsync(Box, Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_breaks_off_leaves_the_file_as_it_was()
    {
        await File.WriteAllTextAsync(Box, Before, Cancel);
        await Assert.ThrowsAsync<InvalidDataException>(() => MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n"), new(_ => Broken(), "", DateTimeOffset.UnixEpoch)], Cancel));
        Assert.Equal(Before, await File.ReadAllTextAsync(Box, Cancel));
        Assert.Equal(["box"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_file_is_replaced_whole_or_not_at_all()
    {
        await File.WriteAllTextAsync(Box, Before, Cancel);
        await Assert.ThrowsAsync<InvalidDataException>(() => MboxAppend.ReplaceAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n"), new(_ => Broken(), "", DateTimeOffset.UnixEpoch)], Cancel));
        Assert.Equal(Before, await File.ReadAllTextAsync(Box, Cancel));
        await MboxAppend.ReplaceAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n")], Cancel);
        Assert.Matches("^From [^\n]*\n(.+\n)*Subject: 2\n", await File.ReadAllTextAsync(Box, Cancel));
        Assert.Equal(["box"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Who_holds_the_lock_is_waited_for()
    {
        await File.WriteAllTextAsync(_folder.Of("box.lock"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture), Cancel);
        var adding = MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n")], Cancel);
        await Task.Delay(1_500, Cancel);
        Assert.False(adding.IsCompleted);
        Assert.False(File.Exists(Box));
        File.Delete(_folder.Of("box.lock"));
        await adding;
        Assert.False(File.Exists(_folder.Of("box.lock")));
        Assert.True(File.Exists(Box));
    }

    [Fact]
    public async Task Who_does_not_give_it_back_is_named()
    {
        await File.WriteAllTextAsync(_folder.Of("box.lock"), "", Cancel);
        var error = await Assert.ThrowsAsync<IOException>(() => MboxLock.TakeAsync(Box, TimeSpan.FromMilliseconds(200), Cancel));
        Assert.Equal($"{Box} is locked by another program. Try again when that is done with it; if there is none, delete {Box}.lock.", error.Message);
    }

    [Fact]
    public async Task The_lock_of_a_process_that_is_no_more_is_taken_away()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true, UseShellExecute = false })!;
        await process.WaitForExitAsync(Cancel);
        await File.WriteAllTextAsync(_folder.Of("box.lock"), process.Id.ToString(CultureInfo.InvariantCulture), Cancel);
        File.SetLastWriteTimeUtc(_folder.Of("box.lock"), DateTime.UtcNow.AddSeconds(-5));
        await MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n")], Cancel);
        Assert.False(File.Exists(_folder.Of("box.lock")));
    }

    [Fact]
    public async Task Who_adds_at_the_same_time_waits_for_his_turn()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => MboxAppend.AppendAsync(Box, MboxDialect.Mboxrd, [Message($"Subject: {i}\n\n{new string('x', 5_000)}\n")], Cancel))));
        using var file = MboxFile.Open(Box);
        Assert.Equal(20, file.Entries().Count());
    }

    private static MboxMessage Message(string text) => new(_ => new[] { (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(text) }.ToAsyncEnumerable(), "", DateTimeOffset.UnixEpoch);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Broken()
    {
        yield return "Subject: 3\n\nhalf"u8.ToArray();
        await Task.CompletedTask;
        throw new InvalidDataException();
    }

    // As a process leaves it that was killed when so many octets were written, and as others went on then.
    private void Leave(int written, string theirs)
    {
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(length, Before.Length);
        File.WriteAllBytes(Aside, [.. length, .. System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Before)), .. Encoding.UTF8.GetBytes(Added)]);
        File.WriteAllText(Box, Before + Added[..written] + theirs);
    }
}
