using System.Collections;
using System.Net.Mail;
using System.Text;
using MailOps.Client.Messages;
using MimeKit;
using Xunit;

namespace MailOps.Client.Tests.Messages;

/// <summary>Messages that are made, answered and sent on.</summary>
public sealed class MessageComposerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mailops-").FullName;
    private static readonly MessageDraft Plain = new() { From = "Anna <a@example.org>", To = ["b@example.com"] };

    [Fact]
    public void A_text_is_encoded_so_that_every_server_takes_it()
    {
        var message = Compose(Plain with { Subject = "Grüße", Text = "Schöne Grüße aus Köln, das ist ein längerer Text.\r\n" });
        var octets = Octets(message);
        Assert.True(Ascii.IsValid(octets));
        Assert.Matches("Content-Transfer-Encoding: (quoted-printable|base64)", octets);
        Assert.Equal("Grüße", message.Subject);
        Assert.Equal("Schöne Grüße aus Köln, das ist ein längerer Text.\n", message.TextBody?.ReplaceLineEndings("\n"));
        Assert.EndsWith("@example.org", message.MessageId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Type")]
    [InlineData("content-transfer-encoding")]
    [InlineData("Content-ID")]
    [InlineData("MIME-Version")]
    public void A_field_of_the_body_cannot_be_given_twice(string name)
    {
        var refused = Assert.Throws<ArgumentException>(() => Compose(Plain with { Text = "x", Headers = new Hashtable { [name] = "text/plain" } }));
        Assert.StartsWith($"{name} is made of the body and the attachments, ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_charset_is_used_where_it_has_every_character_and_UTF_8_where_it_lacks_one()
    {
        var draft = Plain with { Encoding = Encoding.Latin1, From = "Jörg <a@example.org>", Subject = "Größe", Text = "schön" };
        var octets = Octets(Compose(draft));
        Assert.Contains("charset=iso-8859-1", octets, StringComparison.Ordinal);
        Assert.Contains("Subject: =?iso-8859-1?", octets, StringComparison.Ordinal);
        Assert.Contains("From: =?iso-8859-1?", octets, StringComparison.Ordinal);
        var euro = Compose(draft with { Text = "5 €", Subject = "5 €" });
        Assert.Contains("charset=utf-8", Octets(euro), StringComparison.Ordinal);
        Assert.Equal("5 €", euro.TextBody);
        Assert.Equal("5 €", euro.Subject);
    }

    [Fact]
    public void Text_HTML_pictures_and_attachments_are_nested_as_readers_expect()
    {
        var picture = TempFile("logo.png", [1, 2, 3]);
        var message = Compose(Plain with
        {
            Text = "words",
            Html = "<img src=\"cid:logo\"><img src='cid:none'>",
            Pictures = [KeyValuePair.Create("logo", picture), KeyValuePair.Create("spare", picture)],
            Attachments = [picture, Compose(Plain with { Subject = "inner" })],
        });
        var parts = MimePartReader.Read(message).Select(part => part.ToString()).ToList();
        Assert.Equal(["1.1 text/plain", "1.2.1 text/html", "1.2.2 image/png (logo.png)", "1.2.3 image/png (logo.png)", "2 image/png (logo.png)", "3 message/rfc822", "3.1 text/plain"], parts);
        Assert.Equal("inner.eml", MimePartReader.Read(message).Single(part => part.Part == "3").SafeFileName);
        Assert.Equal("multipart/related", Assert.IsType<Multipart>(Assert.IsType<Multipart>(message.Body, exactMatch: false)[0], exactMatch: false)[1].ContentType.MimeType);
        Assert.Equal([1, 2, 3], MimePartReader.Read(message).Single(part => part.Part == "2").Content);
        var (unused, missing) = (Plain with { Html = "<img src=\"cid:logo\"><img src='cid:none'>", Pictures = [KeyValuePair.Create("logo", picture), KeyValuePair.Create("spare", picture)] }).CheckPictures();
        Assert.Equal(["spare"], unused);
        Assert.Equal(["none"], missing);
    }

    [Fact]
    public void Priority_and_further_fields_are_in_the_header()
    {
        var message = Compose(Plain with { Priority = MailPriority.High, Headers = new Hashtable { ["X-Many"] = new[] { "1", "2" }, ["subject"] = "mine" }, Subject = "other", ReplyTo = ["r@example.org"], Bcc = ["secret@example.com"] });
        Assert.Equal("1 (Highest)", message.Headers["X-Priority"]);
        Assert.Equal("high", message.Headers["Importance"]);
        Assert.Equal(2, message.Headers.Count(one => one.Field == "X-Many"));
        Assert.Equal("mine", message.Subject);
        Assert.Equal("secret@example.com", message.Bcc.ToString());
    }

    [Theory]
    [InlineData("a@example.org\r\nBcc: x@example.com", "ok", "X-A", "ok")]
    [InlineData("no address <", "ok", "X-A", "ok")]
    [InlineData("", "ok", "X-A", "ok")]
    [InlineData("a@example.org", "two\nlines", "X-A", "ok")]
    [InlineData("a@example.org", "ok", "X-A", "two\r\nBcc: x@example.com")]
    [InlineData("a@example.org", "ok", "X A", "ok")]
    [InlineData("a@example.org", "ok", "X-A:", "ok")]
    public void What_would_begin_another_field_is_refused(string from, string subject, string name, string value) =>
        Assert.ThrowsAny<ArgumentException>(() => Compose(Plain with { From = from, Subject = subject, Headers = new Hashtable { [name] = value } }));

    [Fact]
    public void Pictures_need_HTML_and_names_of_their_own_and_folders_are_not_attached()
    {
        var picture = TempFile("p.png", [1]);
        Assert.Throws<ArgumentException>(() => Compose(Plain with { Text = "x", Pictures = [KeyValuePair.Create("p", picture)] }));
        Assert.Throws<ArgumentException>(() => Compose(Plain with { Html = "x", Pictures = [KeyValuePair.Create("p", picture), KeyValuePair.Create("p", picture)] }));
        Assert.Throws<ArgumentException>(() => Compose(Plain with { Html = "x", Pictures = [KeyValuePair.Create("p>x", picture)] }));
        Assert.Throws<ArgumentException>(() => Compose(Plain with { Attachments = [new FileInfo(Path.GetTempPath())] }));
        Assert.Throws<FileNotFoundException>(() => Compose(Plain with { Attachments = [new FileInfo(Path.Join(Path.GetTempPath(), "mailops-no-such-file"))] }));
        Assert.Throws<ArgumentException>(() => Compose(Plain with { Attachments = [42] }));
    }

    [Fact]
    public void A_reply_goes_to_Reply_To_and_keeps_the_thread()
    {
        var original = Message("From: f@example.net\nReply-To: list@example.net\nTo: a@example.org, C <c@example.com>\nCc: d@example.com, LIST@example.net\nSubject: Plan\nDate: Mon, 30 Nov 2026 10:00:00 +0100\nMessage-ID: <2@x>\nReferences: <0@x> <1@x>\n\nOne\n> Zero\n");
        var reply = Compose(new MessageDraft { From = "a@example.org", Text = "Yes.", Original = original, Answer = MessageAnswer.Reply, IsQuoting = true });
        Assert.Equal("list@example.net", reply.To.ToString());
        Assert.Empty(reply.Cc);
        Assert.Equal("Re: Plan", reply.Subject);
        Assert.Equal("2@x", reply.InReplyTo);
        Assert.Equal(["0@x", "1@x", "2@x"], reply.References);
        Assert.Equal("Yes.\n\nOn 2026-11-30 10:00 +01:00, f@example.net wrote:\n> One\n>> Zero\n", reply.TextBody?.ReplaceLineEndings("\n"));

        var all = Compose(new MessageDraft { From = "A <A@example.org>", Original = original, Answer = MessageAnswer.ReplyAll });
        Assert.Equal("list@example.net", all.To.ToString());
        Assert.Equal(["c@example.com", "d@example.com"], all.Cc.Mailboxes.Select(one => one.Address));

        var again = Compose(new MessageDraft { From = "b@example.com", Original = Octets(reply), Answer = MessageAnswer.Reply });
        Assert.Equal("Re: Plan", again.Subject);
        Assert.Equal(["0@x", "1@x", "2@x", reply.MessageId!], again.References);

        // Who answers a message of his own goes on with those it went to; who says whom to write to is heeded.
        Assert.Equal("list@example.net", Compose(new MessageDraft { From = "a@example.org", Original = Octets(reply), Answer = MessageAnswer.Reply }).To.ToString());
        Assert.Equal("x@example.com", Compose(new MessageDraft { From = "a@example.org", To = ["x@example.com"], Subject = "Other", Original = original, Answer = MessageAnswer.Reply }).To.ToString());
    }

    [Fact]
    public void A_message_is_sent_on_with_its_text_and_attachments_or_as_it_is()
    {
        var original = Compose(Plain with { Subject = "Fw: Report", Html = "<style>p{}</style><p>See&nbsp;the<br>file &amp; all</p><p>Bye</p>", Attachments = [TempFile("report.pdf", [7, 8])] });
        var forward = Compose(new MessageDraft { From = "b@example.com", To = ["c@example.com"], Text = "FYI", Original = original, Answer = MessageAnswer.Forward });
        Assert.Equal("Fw: Report", forward.Subject);
        Assert.DoesNotContain(forward.Headers, one => one.Id == HeaderId.InReplyTo);
        Assert.Equal([original.MessageId!], forward.References);
        Assert.Contains("FYI\n\n-------- Forwarded message --------\nFrom: Anna <a@example.org>\n", forward.TextBody?.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.EndsWith("See the\nfile & all\nBye", forward.TextBody!.TrimEnd().ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal([7, 8], MimePartReader.Read(forward).Single(part => part.IsAttachment).Content);

        var html = Compose(new MessageDraft { From = "b@example.com", Html = "<p>FYI</p>", Original = original, Answer = MessageAnswer.Forward });
        Assert.Contains("<p>See&nbsp;the<br>file &amp; all</p>", html.HtmlBody, StringComparison.Ordinal);
        Assert.Contains("From: Anna &lt;a@example.org&gt;<br>", html.HtmlBody, StringComparison.Ordinal);

        var attached = Compose(new MessageDraft { From = "b@example.com", Original = original, Answer = MessageAnswer.ForwardAsAttachment });
        Assert.Contains(MimePartReader.Read(attached), part => part.MediaType == "message/rfc822" && part.Subject == "Fw: Report");
    }

    [Fact]
    public void A_part_of_another_message_can_be_attached()
    {
        var part = MimePartReader.Read(Compose(Plain with { Attachments = [TempFile("../x.bin", [1, 0, 255])] })).Single(one => one.IsAttachment);
        var copy = MimePartReader.Read(Compose(Plain with { Attachments = [part] })).Single(one => one.IsAttachment);
        Assert.Equal([1, 0, 255], copy.Content);
        Assert.Equal("x.bin", copy.FileName);
    }

    private static MimeMessage Compose(MessageDraft draft) => (MimeMessage)draft.Compose();

    private static string Message(string text) => text.ReplaceLineEndings("\r\n");

    private static string Octets(MimeMessage message)
    {
        using var octets = new MemoryStream();
        message.WriteTo(octets);
        return Encoding.Latin1.GetString(octets.ToArray());
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private FileInfo TempFile(string name, byte[] octets)
    {
        var path = Path.Join(_root, Path.GetFileName(name));
        File.WriteAllBytes(path, octets);
        return new FileInfo(path);
    }
}
