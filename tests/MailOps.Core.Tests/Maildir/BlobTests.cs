using System.Text;
using MailOps.Maildir;
using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Reading messages by offset, and digests of files as other programs write them.</summary>
public sealed class BlobTests : IAsyncDisposable
{
    private readonly StoreFixture _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData("Subject: a\r\n\r\none\r\ntwo\r\n", "1.M1.h,S=24,W=24")]
    [InlineData("Subject: a\n\none\ntwo\n", "1.M1.h")]
    [InlineData("Subject: a\n\none\r\ntwo", "1.M1.h,S=19")]
    [InlineData("", "1.M1.h")]
    public async Task Any_range_of_a_message_is_read_as_it_is_sent(string text, string name)
    {
        await WriteAsync(name, text);
        var asSent = text.ReplaceLineEndings("\r\n");
        await using var mailbox = await _store.OpenAsync();
        using var blob = await mailbox.OpenBlobAsync(mailbox.Messages[0], TestContext.Current.CancellationToken);
        Assert.Equal(asSent.Length, blob!.Length);
        Assert.Equal(asSent.Length, mailbox.Messages[0].Size);
        var octets = new byte[asSent.Length + 5];
        for (var offset = asSent.Length + 1; offset >= 0; offset--)
        {
            var expected = asSent[Math.Min(offset, asSent.Length)..];
            Assert.Equal(expected, Encoding.ASCII.GetString(octets, 0, blob.Read(octets, offset)));
            Assert.Equal(expected.Length > 0 ? expected[..1] : "", Encoding.ASCII.GetString(octets, 0, await blob.ReadAsync(octets.AsMemory(0, 1), offset, TestContext.Current.CancellationToken)));
        }

        Assert.Equal(asSent, Encoding.ASCII.GetString((await blob.ReadAllAsync(TestContext.Current.CancellationToken)).Span));
        await using var stream = blob.AsStream();
        stream.Seek(-Math.Min(3, asSent.Length), SeekOrigin.End);
        using var reader = new StreamReader(stream);
        Assert.Equal(asSent[Math.Max(0, asSent.Length - 3)..], await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_message_is_read_to_its_end_although_it_was_expunged_or_deleted_meanwhile()
    {
        await _store.DeliverAsync("Subject: a\r\n\r\n" + new string('x', 200_000) + "\r\n");
        await using var mailbox = await _store.OpenAsync();
        using var blob = await mailbox.OpenBlobAsync(mailbox.Messages[0], TestContext.Current.CancellationToken);
        await mailbox.RemoveAsync(mailbox.Messages, TestContext.Current.CancellationToken);
        await mailbox.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        var octets = new byte[100_000];
        Assert.Equal(octets.Length, await blob!.ReadAsync(octets, 100_000, TestContext.Current.CancellationToken));
        Assert.All(octets, octet => Assert.Equal((byte)'x', octet));
    }

    [Theory]
    [InlineData("1.M1.h", "Subject: folded\n  text\nFrom: Jane <jane@example.com>\n\nbody\n")]
    [InlineData("1.M1.h", "Subject: mixed\r\nFrom: jane@example.com\n\r\nbody\n")]
    [InlineData("1.M1.h,S=38,W=38", "Subject: a name\nthat: lies\n\nof it all\n")]
    [InlineData("1.M1.h", "Subject: odd\nno colon here\n\nbody\n")]
    [InlineData("1.M1.h", "Subject: no end of the header")]
    [InlineData("1.M1.h", "no header at all\n")]
    [InlineData("1.M1.h", "\nonly a body\n")]
    [InlineData("1.M1.h", "")]
    public async Task A_digest_is_that_of_the_message_as_it_is_sent_whatever_its_file_is_like(string name, string text)
    {
        await WriteAsync(name, text);
        await WriteAsync("2.M2.h", "Subject: long\n" + string.Concat(Enumerable.Repeat("X-Long: x\n", 2000)) + "Date: 1 Feb 2024 10:00:00 +0100\n\nbody\n");
        await using var mailbox = await _store.OpenAsync();
        using var batch = await mailbox.ReadRecordsAsync(RecordKind.Digest, mailbox.Messages, TestContext.Current.CancellationToken);
        for (var i = 0; i < batch.Count; i++)
        {
            await using var stream = await mailbox.OpenMessageAsync(mailbox.Messages[i], TestContext.Current.CancellationToken);
            var header = await MessageHeader.ReadAsync(stream!, TestContext.Current.CancellationToken);
            var digest = new MessageDigest(batch[i]!.Value);
            Assert.Equal(header.BodyOffset, digest.HeaderSize);
            Assert.Equal(header.Date, digest.Date);
            Assert.Equal(header.Envelope.Subject, digest.ToEnvelope().Subject);
            Assert.Equal(header.Envelope.From, digest.ToEnvelope().From);
        }

        Assert.Equal(2024, new MessageDigest(batch[1]!.Value).Date?.Year);
    }

    [Theory]
    [InlineData("Content-Type: text/plain; charset=iso-8859-1\r\n\r\nGr\u00fc\u00dfe\r\n", "Grüße")]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe =\r\nan alle\r\n", "Grüße an alle")]
    [InlineData("Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nPGh0bWw+PGhlYWQ+PHN0eWxlPnB7fTwvc3R5bGU+PC9oZWFkPjxib2R5PjxwPkhlbGxvPC9wPjxwPndvPGI+cmxkPC9iPjwvcD48L2JvZHk+PC9odG1sPg==\r\n", "Hello world")]
    [InlineData("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich\r\n--b\r\n\r\nplain\r\n--b--\r\n", "plain")]
    [InlineData("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\nfile\r\n--b\r\n\r\ntext\r\n--b--\r\n", "text")]
    [InlineData("Content-Type: image/png\r\n\r\n\u0089PNG\r\n", "")]
    [InlineData("Content-Type: text/plain; charset=no-such\r\nContent-Transfer-Encoding: no-such\r\n\r\nstill  here\r\n", "still here")]
    [InlineData("", "")]
    public async Task A_preview_is_the_first_text_decoded_and_without_markup_RFC8970(string message, string expected)
    {
        await using (var delivery = _store.Store.BeginDelivery())
        {
            delivery.Write(Encoding.Latin1.GetBytes("Subject: a\r\n" + message));
            await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], TestContext.Current.CancellationToken);
        }

        await using var mailbox = await _store.OpenAsync();
        Assert.Equal(expected, await mailbox.PreviewAsync(mailbox.Messages[0], TestContext.Current.CancellationToken));
        Assert.Equal(expected, await mailbox.PreviewAsync(mailbox.Messages[0], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_preview_has_at_most_200_characters_and_none_of_them_is_cut()
    {
        await _store.DeliverAsync("Content-Type: text/plain; charset=utf-8\r\n\r\n" + string.Concat(Enumerable.Repeat("\U0001F600", 300)) + "\r\n");
        await using var mailbox = await _store.OpenAsync();
        var preview = await mailbox.PreviewAsync(mailbox.Messages[0], TestContext.Current.CancellationToken);
        Assert.Equal(string.Concat(Enumerable.Repeat("\U0001F600", 200)), preview);
    }

    private async Task WriteAsync(string name, string text)
    {
        await _store.AccountAsync();
        await File.WriteAllTextAsync(Path.Combine(_store.Inbox, "new", name), text, Encoding.ASCII, TestContext.Current.CancellationToken);
    }
}
