using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>NOTIFY (RFC 5465), as the IMAP client that .NET programs use has it.</summary>
public sealed class MailKitNotifyTests
{
    [Fact]
    public async Task MailKit_is_told_of_other_mailboxes_and_of_new_messages()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server);
        using var other = await ConnectAsync(server);
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.Notify));
        var work = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Work", isMessageFolder: true) ?? throw new InvalidOperationException();
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        await client.NotifyAsync(status: true,
        [
            new ImapEventGroup(ImapMailboxFilter.Selected, new ImapEvent.MessageNew(MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope), ImapEvent.MessageExpunge, ImapEvent.FlagChange),
            new ImapEventGroup(ImapMailboxFilter.Personal, new ImapEvent.MessageNew(), ImapEvent.MessageExpunge, ImapEvent.FlagChange, ImapEvent.MailboxName),
        ]);
        Assert.Equal(0, work.Count);
        Assert.NotNull(work.UidNext);

        var (count, summary) = (new TaskCompletionSource<int>(), new TaskCompletionSource<string?>());
        work.CountChanged += (_, _) => count.TrySetResult(work.Count);
        client.Inbox.MessageSummaryFetched += (_, e) => summary.TrySetResult(e.Message.Envelope?.Subject);
        using var done = new CancellationTokenSource();
        var idle = client.IdleAsync(done.Token, TestContext.Current.CancellationToken);
        using var message = new MimeMessage { Subject = "new" };
        message.Body = new TextPart("plain") { Text = "text" };
        await (await other.GetFolderAsync("Work")).AppendAsync(message);
        Assert.Equal(1, await count.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken));
        await other.Inbox.AppendAsync(message);
        Assert.Equal("new", await summary.Task.WaitAsync(Waiting.Patience, TestContext.Current.CancellationToken));
        await done.CancelAsync();
        await idle;
        await client.DisableNotifyAsync(TestContext.Current.CancellationToken);
        await client.DisconnectAsync(quit: true);
    }

    private static async Task<ImapClient> ConnectAsync(TestServer server)
    {
        var client = new ImapClient();
        await client.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Imap), SecureSocketOptions.None);
        await client.AuthenticateAsync("john@example.com", "summersun");
        return client;
    }
}
