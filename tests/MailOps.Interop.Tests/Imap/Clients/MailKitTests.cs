using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MailKit.Security;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>A day's work of a mail program, by the IMAP client that .NET programs use.</summary>
public sealed class MailKitTests
{
    [Fact]
    public async Task MailKit_compresses_sorts_threads_and_finds_what_mailboxes_are_for()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.StartTls);
        await client.CompressAsync();
        var sent = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Gesendet", SpecialFolder.Sent) ?? throw new InvalidOperationException();
        Assert.True(sent.Attributes.HasFlag(FolderAttributes.Sent));
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        string[] subjects = ["b", "Re: b", "a"];
        var ids = new List<string>();
        for (var i = 0; i < subjects.Length; i++)
        {
            using var message = Message(subjects[i], new string('x', 100_000 + i));
            if (i == 1)
                message.References.Add(ids[0]);
            ids.Add(message.MessageId!);
            await client.Inbox.AppendAsync(message);
        }

        Assert.Equal([3u, 1u, 2u], (await client.Inbox.SortAsync(SearchQuery.All, [OrderBy.Subject])).Select(uid => uid.Id));
        var threads = await client.Inbox.ThreadAsync(ThreadingAlgorithm.References, SearchQuery.All);
        Assert.Equal([1u, 3u], threads.Select(thread => thread.UniqueId!.Value.Id));
        Assert.Equal(2u, Assert.Single(threads[0].Children).UniqueId!.Value.Id);
        var found = await client.Inbox.SearchAsync(SearchOptions.Count | SearchOptions.Min, SearchQuery.SubjectContains("b"));
        Assert.Equal((2, 1u), (found.Count, found.Min!.Value.Id));
        Assert.All(await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.PreviewText | MessageSummaryItems.EmailId), summary => Assert.StartsWith("xxxx", summary.PreviewText, StringComparison.Ordinal));
        using var read = await client.Inbox.GetMessageAsync(2);
        Assert.Equal(100_002, read.TextBody!.TrimEnd().Length);
        await client.DisconnectAsync(quit: true);
        using var again = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.StartTls);
        Assert.Equal("Gesendet", again.GetFolder(SpecialFolder.Sent)?.FullName);
    }

    [Theory]
    [InlineData(TlsMode.StartTls, SecureSocketOptions.StartTls)]
    [InlineData(TlsMode.Implicit, SecureSocketOptions.SslOnConnect)]
    public async Task MailKit_appends_searches_flags_moves_and_reads_parts(TlsMode tls, SecureSocketOptions options)
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, tls, options);
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.Move | ImapCapabilities.UidPlus | ImapCapabilities.LiteralPlus | ImapCapabilities.Idle));

        var inbox = client.Inbox;
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        var uids = new List<UniqueId>();
        for (var i = 1; i <= 3; i++)
        {
            using var message = Message($"Nummer {i} für alle", $"text {i}");
            uids.Add((await inbox.AppendAsync(message, i == 2 ? MessageFlags.Seen : MessageFlags.None))!.Value);
        }

        Assert.Equal([uids[1]], await inbox.SearchAsync(SearchQuery.Seen));
        Assert.Equal([uids[2]], await inbox.SearchAsync(SearchQuery.SubjectContains("nummer 3 FÜR")));
        Assert.Equal([uids[0]], await inbox.SearchAsync(SearchQuery.BodyContains("text 1").And(SearchQuery.NotSeen)));

        await inbox.AddFlagsAsync(uids[0], MessageFlags.Flagged, silent: true);
        await inbox.StoreAsync(uids[0], new StoreFlagsRequest(StoreAction.Add, MessageFlags.None, ["$Important"]));
        var summary = Assert.Single(await inbox.FetchAsync([uids[0]], MessageSummaryItems.Full | MessageSummaryItems.UniqueId | MessageSummaryItems.BodyStructure));
        Assert.Equal(MessageFlags.Flagged, summary.Flags & ~MessageFlags.Recent);
        Assert.Contains("$Important", summary.Keywords);
        Assert.Equal("Nummer 1 für alle", summary.Envelope?.Subject);
        Assert.Equal("text 1", ((TextPart)await inbox.GetBodyPartAsync(uids[0], summary.TextBody!)).Text.TrimEnd());
        Assert.Equal("data.bin", Assert.Single(summary.Attachments!).FileName);
        using (var content = ((MimePart)await inbox.GetBodyPartAsync(uids[0], summary.Attachments!.First())).Content!.Open())
            Assert.Equal(1000, new BinaryReader(content).ReadBytes(2000).Length);

        var archive = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Ablage für später & mehr", isMessageFolder: true) ?? throw new InvalidOperationException();
        var moved = await inbox.MoveToAsync([uids[0], uids[1]], archive);
        Assert.Equal(2, moved.Count);
        Assert.Equal(1, inbox.Count);
        await archive.OpenAsync(FolderAccess.ReadWrite);
        Assert.Equal("Nummer 2 für alle", (await archive.GetMessageAsync(moved[uids[1]])).Subject);
        await archive.AddFlagsAsync(moved[uids[0]], MessageFlags.Deleted, silent: true);
        await archive.ExpungeAsync([moved[uids[0]]]);
        Assert.Equal(1, archive.Count);
        await archive.CloseAsync();
        await archive.RenameAsync(client.GetFolder(client.PersonalNamespaces[0]), "Alt");
        Assert.Equal("Alt", archive.FullName);
        await archive.DeleteAsync();
        await client.DisconnectAsync(quit: true);
    }

    [Fact]
    public async Task A_draft_is_replaced()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.StartTls);
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.Replace | ImapCapabilities.Binary | ImapCapabilities.Catenate | ImapCapabilities.AppendLimit));
        Assert.Equal(50u * 1024 * 1024, client.AppendLimit);
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        var first = (await inbox.AppendAsync(new AppendRequest(Message("Entwurf", "text"), MessageFlags.Draft)))!.Value;
        Assert.Equal(2u, (await inbox.ReplaceAsync(first, new ReplaceRequest(Message("Entwurf 2", "text"), MessageFlags.Draft)))!.Value.Id);
        Assert.Equal("Entwurf 2", Assert.Single(await inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope)).Envelope?.Subject);
    }

    [Fact]
    public async Task Several_messages_are_appended_by_one_command()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.StartTls);
        Assert.True(client.Capabilities.HasFlag(ImapCapabilities.MultiAppend));
        var inbox = client.Inbox!;
        var date = new DateTimeOffset(2024, 2, 7, 1, 2, 3, TimeSpan.FromHours(1));
        List<IAppendRequest> requests = [.. Enumerable.Range(1, 3).Select(i => new AppendRequest(Message($"Nummer {i}", $"text {i}"), i == 2 ? MessageFlags.Seen : MessageFlags.None, date))];
        Assert.Equal([1u, 2u, 3u], (await inbox.AppendAsync(requests)).Select(uid => uid.Id));
        await inbox.OpenAsync(FolderAccess.ReadOnly);
        var summaries = await inbox.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.InternalDate | MessageSummaryItems.Flags);
        Assert.Equal(["Nummer 1", "Nummer 2", "Nummer 3"], summaries.Select(summary => summary.Envelope?.Subject));
        Assert.All(summaries, summary => Assert.Equal(date, summary.InternalDate));
        Assert.Equal([false, true, false], summaries.Select(summary => summary.Flags!.Value.HasFlag(MessageFlags.Seen)));
    }

    [Fact]
    public async Task MailKit_in_IDLE_hears_of_a_delivery_by_SMTP()
    {
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.StartTls);
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        var arrived = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Inbox.CountChanged += (_, _) => arrived.TrySetResult(client.Inbox.Count);
        using var done = new CancellationTokenSource();
        var idle = client.IdleAsync(done.Token);

        using (var smtp = new MailKit.Net.Smtp.SmtpClient { ServerCertificateValidationCallback = (_, _, _, _) => true })
        {
            await smtp.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Smtp), SecureSocketOptions.None);
            using var message = Message("told", "by IDLE");
            await smtp.SendAsync(message);
            await smtp.DisconnectAsync(quit: true);
        }

        Assert.Equal(1, await arrived.Task.WaitAsync(Waiting.Patience));
        await done.CancelAsync();
        await idle;
        Assert.Equal("told", (await client.Inbox.GetMessageAsync(0)).Subject);
    }

    [Fact]
    public async Task MailKit_reads_every_sample_back_octet_by_octet()
    {
        var samples = SampleMail.All();
        await using var server = await TestServer.StartAsync();
        using var client = await ConnectAsync(server, TlsMode.StartTls, SecureSocketOptions.None);
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        await using var raw = await Server.Tests.Imap.ImapTestClient.ConnectAsync(server.Port(MailProtocol.Imap));
        await raw.ReadLineAsync();
        await raw.RunAsync("a login john@example.com summersun");
        foreach (var (_, octets) in samples)
        {
            await raw.SendAsync(FormattableString.Invariant($"b append INBOX {{{octets.Length}+}}\r\n"));
            await raw.SendAsync(octets);
            await raw.SendAsync("\r\n");
            Assert.StartsWith("b OK", (await raw.ReadToTagAsync("b"))[^1], StringComparison.Ordinal);
        }

        await client.NoOpAsync();
        // Structures of broken mail still follow the grammar: the client reads them all.
        var summaries = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Full | MessageSummaryItems.BodyStructure | MessageSummaryItems.UniqueId);
        Assert.Equal(samples.Count, summaries.Count);
        for (var i = 0; i < samples.Count; i++)
        {
            await using var stream = await client.Inbox.GetStreamAsync(summaries[i].UniqueId);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            Assert.Equal(samples[i].Octets, copy.ToArray());
        }
    }

    private static async Task<ImapClient> ConnectAsync(TestServer server, TlsMode tls, SecureSocketOptions options)
    {
        var client = new ImapClient { ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync("127.0.0.1", server.Port(MailProtocol.Imap, tls), options);
        await client.AuthenticateAsync("john@example.com", "summersun");
        return client;
    }

    private static MimeMessage Message(string subject, string text)
    {
        var message = new MimeMessage { Subject = subject };
        message.From.Add(MailboxAddress.Parse("Jane Doe <jane@example.com>"));
        message.To.Add(MailboxAddress.Parse("john@example.com"));
        var body = new BodyBuilder { TextBody = text };
        body.Attachments.Add("data.bin", new byte[1000]);
        message.Body = body.ToMessageBody();
        return message;
    }
}
