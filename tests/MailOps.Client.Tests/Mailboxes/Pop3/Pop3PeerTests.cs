using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Saving;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Saving, remembering and removing beside Dovecot and Courier.</summary>
public sealed class Pop3PeerTests : IDisposable
{
    private readonly PrivateFolder _folder = new();

    private string Mail => _folder.Of("mail");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Dovecot_gives_each_message_once_and_loses_what_is_saved()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await RunAsync(
            new MailboxOptions { Server = "localhost", Port = dovecot.Pop3TlsPort, Tls = TlsMode.Implicit, Credential = new NetworkCredential("john", "summersun"), SkipCertificateCheck = true },
            (number, text) => dovecot.Put(number, text),
            () => dovecot.CountOnDisk);
    }

    [Fact]
    public async Task Courier_gives_each_message_once_and_loses_what_is_saved()
    {
        await using var courier = new CourierMaildrop();
        await RunAsync(courier.Options, courier.Put, () => courier.Count);
    }

    [Fact]
    public async Task A_maildrop_that_Dovecot_has_locked_is_in_use()
    {
        await using var dovecot = await PrivateDovecot.StartAsync("protocol pop3 {\n pop3_lock_session = yes\n}\n");
        dovecot.Put(1, "Subject: 1\n\n");
        var options = new MailboxOptions { Server = "localhost", Port = dovecot.Pop3Port, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun"), Timeout = TimeSpan.FromSeconds(60) };
        await using var first = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, default);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => Pop3Mailbox.OpenAsync(options, TimeProvider.System, default));
        Assert.True(error.Fault is MailSessionFault.MailboxInUse, error.ToString());
    }

    private async Task RunAsync(MailboxOptions options, Action<int, string> put, Func<int> count)
    {
        for (var i = 1; i <= 40; i++)
            put(i, Text(i));
        Assert.Equal(40, await SaveAsync(options, removes: false));
        for (var i = 41; i <= 45; i++)
            put(i, Text(i));
        Assert.Equal(45, count());
        Assert.Equal(5, await SaveAsync(options, removes: true));

        // Courier says goodbye before it deletes.
        for (var i = 0; i < 500 && count() > 0; i++)
            await Task.Delay(20);
        Assert.Equal(0, count());
        Assert.Equal(0, await SaveAsync(options, removes: true));
        var files = Directory.GetFiles(Mail).Select(file => File.ReadAllText(file, Encoding.UTF8)).Order(StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(1, 45).Select(i => Text(i).ReplaceLineEndings("\r\n")).Order(StringComparer.Ordinal), files);
    }

    private async Task<int> SaveAsync(MailboxOptions options, bool removes)
    {
        await using var state = await Pop3State.OpenAsync(_folder.Of("state"), new Pop3Account(options.Server, options.Port, "john"), isReadOnly: false, TimeProvider.System, default);
        await using var mailbox = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, default);
        var saver = new Pop3Saver(mailbox, EmlFolder.Open(Mail), state) { Removes = removes };
        var saved = await saver.SaveAsync(await mailbox.SelectAsync(null, state, default), default).CountAsync();
        if (removes)
            saved += await saver.SaveAsync([.. (await mailbox.ListAsync(default)).Where(entry => !saver.IsMarked(entry))], default).CountAsync();
        Assert.Empty(await saver.EndAsync(default));
        return saved;
    }

    private static string Text(int number) => $"From: ü@example.org\nSubject: {number}\n\n.dot\n..\n.\n{new string('x', number * 1997)}\nend\n";
}
