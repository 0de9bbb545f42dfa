using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>What is read of messages, on a real Dovecot.</summary>
public sealed class ImapReadingTests
{
    private const string Nested = """
        Subject: outer
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary=out

        --out
        Content-Type: multipart/alternative; boundary=in

        --in
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Gr=FC=DFe
        --in
        Content-Type: text/html; charset=no-such-charset

        <p>html</p>
        --in--
        --out
        Content-Type: application/octet-stream; name="=?utf-8?q?gr=C3=BCn.bin?="
        Content-Disposition: attachment
        Content-Transfer-Encoding: base64

        AQID
        --out
        Content-Type: message/rfc822

        Subject: inner

        inner text
        --out--

        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_part_is_read_decoded_and_without_the_rest()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, Nested.ReplaceLineEndings("\n"));
        dovecot.Put(2, "Subject: one part\n\nits text\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        var mailbox = await account.ExamineAsync("INBOX", Cancel);
        var described = await mailbox.ReadAsync(null, new ImapReading { HasStructure = true }, null, Cancel).ToListAsync(Cancel);
        Assert.Equal(
            ["1.1 text/plain", "1.2 text/html", "2 application/octet-stream (grün.bin)", "3 message/rfc822", "3.1 text/plain"],
            described[0].Parts!.Select(part => part.ToString()));
        Assert.Equal(["1 text/plain"], described[1].Parts!.Select(part => part.ToString()));
        Assert.All(described.SelectMany(message => message.Parts!), part => Assert.Null(part.Content));
        Assert.Equal([false, false, true, false, false], described[0].Parts!.Select(part => part.IsAttachment));

        var read = await mailbox.ReadAsync(null, new ImapReading { Parts = ["1.1", "1.2", "2", "3", "3.1", "1", "9"] }, null, Cancel).ToListAsync(Cancel);
        var parts = read[0].Parts!;
        Assert.Equal("Grüße", parts[0].Text!.Trim());
        Assert.Equal("<p>html</p>", parts[1].Text!.Trim());
        Assert.Equal([1, 2, 3], parts[2].Content!);
        Assert.Null(parts[2].Text);
        Assert.StartsWith("Subject: inner\r\n\r\ninner text", Encoding.ASCII.GetString(parts[3].Content!), StringComparison.Ordinal);
        Assert.Equal("inner text", parts[4].Text!.Trim());
        Assert.Equal("its text", Assert.Single(read[1].Parts!).Text!.Trim());
        Assert.All(read, message => Assert.Null(message.Raw));
    }

    [Fact]
    public async Task A_listing_has_the_same_values_as_the_whole_header_and_comes_in_the_order_of_UIDs()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nTo: a@example.com,\n b@example.com\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\nDate: Tue, 15 Jan 2008 16:02:43 -0500\nMessage-ID: <1@example.org>\nX-Other: x\n\nbody\n");
        dovecot.Put(2, "X-Other: a message without any of it\n\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        // Dovecot numbers what it finds when the folder is opened.
        _ = await account.ExamineAsync("INBOX", Cancel);
        var more = new List<MessageToAdd>();
        for (var i = 3; i <= 1010; i++)
            more.Add(await MessageToAdd.PrepareAsync(MessageContent.From(FormattableString.Invariant($"Subject: {i}\n\n")), [], null, null, Cancel));
        await account.AddAsync("INBOX", more, makes: false, Cancel);

        var mailbox = await account.ExamineAsync("INBOX", Cancel);
        var listed = await mailbox.ReadAsync(null, new ImapReading(), null, Cancel).ToListAsync(Cancel);
        var whole = await mailbox.ReadAsync([2, 1], headersOnly: true, null, Cancel).ToListAsync(Cancel);
        Assert.Equal(Enumerable.Range(1, 1010).Select(i => (uint)i), listed.Select(message => message.Uid));
        Assert.Equal(Enumerable.Range(3, 1008).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), listed.Skip(2).Select(message => message.Subject));
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(
                (whole[i].From, whole[i].To, whole[i].Subject, whole[i].Date, whole[i].MessageId, whole[i].Size, whole[i].InternalDate),
                (listed[i].From, listed[i].To, listed[i].Subject, listed[i].Date, listed[i].MessageId, listed[i].Size, listed[i].InternalDate));
        }

        Assert.Equal("Größe", listed[0].Subject);
        Assert.DoesNotContain("X-Other", listed[0].Headers.Select(field => field.Name));
        Assert.Equal([7u, 900u], (await mailbox.ReadAsync([900, 7, 4000], new ImapReading(), null, Cancel).ToListAsync(Cancel)).Select(message => message.Uid));
        Assert.Equal([1u, 2u, 3u], (await mailbox.ReadAsync(null, new ImapReading(), 3, Cancel).ToListAsync(Cancel)).Select(message => message.Uid));
        foreach (var message in more)
            await message.DisposeAsync();
    }

    private static MailboxOptions Options(PrivateDovecot dovecot) => new()
    {
        Server = "localhost",
        Port = dovecot.ImapPort,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
    };
}
