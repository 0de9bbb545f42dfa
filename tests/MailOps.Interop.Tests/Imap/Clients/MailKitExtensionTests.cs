using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap.Clients;

/// <summary>What MailKit can do where a server has the extensions for it.</summary>
public sealed class MailKitExtensionTests
{
    // RFC 6855 sections 3 and 4.
    [Fact]
    public async Task MailKit_with_UTF8_keeps_mail_to_people_and_mailboxes_with_any_name()
    {
        await using var server = await ClientServer.StartAsync();
        using var client = await server.ConnectAsync(TlsMode.StartTls, SecureSocketOptions.StartTls);
        await client.EnableUTF8Async();
        var folder = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Entwürfe & 日本語", isMessageFolder: true) ?? throw new InvalidOperationException();
        using var message = new MimeMessage { Subject = "Größe 😀", Body = new TextPart("plain") { Text = "grüße" } };
        message.From.Add(new MailboxAddress("Jürgen", "jürgen@bücher.example"));
        message.To.Add(MailboxAddress.Parse(ClientServer.Account));
        var format = FormatOptions.Default.Clone();
        format.International = true;
        format.NewLineFormat = NewLineFormat.Dos;
        var uid = (await folder.AppendAsync(format, new AppendRequest(message)))!.Value;
        await folder.OpenAsync(FolderAccess.ReadWrite);
        var summary = Assert.Single(await folder.FetchAsync([uid], MessageSummaryItems.Envelope | MessageSummaryItems.BodyStructure));
        Assert.Equal("Größe 😀", summary.Envelope!.Subject);
        Assert.Equal("jürgen@bücher.example", summary.Envelope.From.Mailboxes.Single().GetAddress(idnEncode: false));
        Assert.Equal([uid], await folder.SearchAsync(SearchQuery.SubjectContains("GRÖSSE 😀").Or(SearchQuery.FromContains("bücher"))));
        await using var stream = await folder.GetStreamAsync(uid);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        Assert.Contains("From: Jürgen <jürgen@bücher.example>\r\n", Encoding.UTF8.GetString(copy.ToArray()), StringComparison.Ordinal);

        // Who has not enabled it sees the name in modified UTF-7 (RFC 3501 section 5.1.3).
        Assert.Equal(["Entwürfe & 日本語", "INBOX"], await server.MailboxesAsync());
        await using var talk = await server.TalkAsync();
        Assert.Contains(await talk.RunAsync("a list \"\" *"), line => line.EndsWith("\"Entw&APw-rfe &- &ZeVnLIqe-\"", StringComparison.Ordinal));
        server.NothingFaulted();
    }

    [Fact]
    public async Task MailKit_appends_10_MiB_reads_a_piece_of_it_and_follows_a_conditional_store()
    {
        await using var server = await ClientServer.StartAsync();
        using var client = await server.ConnectAsync(TlsMode.Implicit, SecureSocketOptions.SslOnConnect);
        await client.CompressAsync();
        var inbox = client.Inbox;
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        var big = ClientServer.Message("big", size: 10 * 1024 * 1024);
        using (var message = await MimeMessage.LoadAsync(new MemoryStream(big)))
        {
            var format = FormatOptions.Default.Clone();
            format.NewLineFormat = NewLineFormat.Dos;
            await inbox.AppendAsync(format, new AppendRequest(message, MessageFlags.Seen));
        }

        Assert.Equal(big, await server.OctetsAsync("INBOX", "big"));
        await using (var piece = await inbox.GetStreamAsync(UniqueId.MinValue, 5_000_000, 1000))
        {
            using var copy = new MemoryStream();
            await piece.CopyToAsync(copy);
            Assert.Equal(big[5_000_000..5_001_000], copy.ToArray());
        }

        // RFC 7162 section 3.1.3: a flag that another changed since is left alone, and the message named.
        var seen = Assert.Single(await inbox.FetchAsync(0, -1, MessageSummaryItems.ModSeq)).ModSeq!.Value;
        await server.DoAsync("INBOX", other => other.AddFlagsAsync(0, MessageFlags.Flagged, silent: true));
        var refused = await inbox.StoreAsync([UniqueId.MinValue], new StoreFlagsRequest(StoreAction.Remove, MessageFlags.Flagged) { UnchangedSince = seen });
        Assert.Equal([UniqueId.MinValue], refused);
        Assert.Equal(["big \\Flagged \\Seen"], await server.ShownAsync("INBOX"));
        server.NothingFaulted();
    }

    [Fact]
    public async Task MailKit_describes_mailboxes_counts_quotas_and_tells_who_may_what()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("Work", ("one", MessageFlags.None), ("two", MessageFlags.Seen));
        using var client = await server.ConnectAsync();
        var work = await client.GetFolderAsync("Work");
        var comment = MetadataTag.PrivateComment;
        await work.SetMetadataAsync(new MetadataCollection([new Metadata(comment, "für später")]));
        Assert.Equal("für später", await work.GetMetadataAsync(comment));
        Assert.True((await work.GetMyAccessRightsAsync()).ToString().Contains('r', StringComparison.Ordinal));
        await work.StatusAsync(StatusItems.Count | StatusItems.Unread | StatusItems.UidNext | StatusItems.Size | StatusItems.HighestModSeq | StatusItems.MailboxId);
        Assert.Equal((2, 1, 3u), (work.Count, work.Unread, work.UidNext!.Value.Id));
        Assert.True(work.Size > 400);
        Assert.False(string.IsNullOrEmpty(work.Id));
        var folders = await client.GetFoldersAsync(client.PersonalNamespaces[0], StatusItems.Count, subscribedOnly: true);
        Assert.Equal(2, Assert.Single(folders, folder => folder.FullName == "Work").Count);
        server.NothingFaulted();
    }

    [Fact]
    public async Task MailKit_in_IDLE_hears_of_flags_and_of_what_is_expunged()
    {
        await using var server = await ClientServer.StartAsync();
        await server.PutAsync("INBOX", ("one", MessageFlags.None), ("two", MessageFlags.None));
        using var client = await server.ConnectAsync();
        await client.EnableQuickResyncAsync();
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        var flagged = new TaskCompletionSource<MessageFlags>(TaskCreationOptions.RunContinuationsAsynchronously);
        var vanished = new TaskCompletionSource<IList<UniqueId>>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Inbox.MessageFlagsChanged += (_, happened) => flagged.TrySetResult(happened.Flags);
        client.Inbox.MessagesVanished += (_, happened) => vanished.TrySetResult(happened.UniqueIds);
        using var done = new CancellationTokenSource();
        var idle = client.IdleAsync(done.Token);
        await server.DoAsync("INBOX", async inbox =>
        {
            await inbox.AddFlagsAsync(1, MessageFlags.Answered, silent: true);
            await flagged.Task.WaitAsync(Waiting.Patience);
            await inbox.AddFlagsAsync(0, MessageFlags.Deleted, silent: true);
            await inbox.ExpungeAsync();
        });
        Assert.Equal([UniqueId.MinValue], await vanished.Task.WaitAsync(Waiting.Patience));
        Assert.True((await flagged.Task).HasFlag(MessageFlags.Answered));
        await done.CancelAsync();
        await idle;
        Assert.Equal(["two \\Answered"], await server.ShownAsync("INBOX"));
        server.NothingFaulted();
    }
}
