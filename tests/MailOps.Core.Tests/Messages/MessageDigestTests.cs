using System.Text;
using CsCheck;
using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Messages;

/// <summary>Digests beside what MimeKit reads of the same octets: the fast way must tell the same, or leave it to MimeKit.</summary>
public sealed class MessageDigestTests
{
    private static readonly string[] Pieces =
    [
        "From: ", "To: ", "Cc:", "Sender: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: ", "X-Other: ", "to:",
        "\r\n", "\r\n", "\r\n", "\r\n ", "\r\n\t", "\r\n\r\n", "\n", "\r", " ", " ", "\t", ",", ", ", ":", ";", "<", ">", "@", "(", ")", "\"", "\\", ".", "..", "[", "]",
        "a", "jane", "Jane Doe", "J. Doe", "a@example.com", "jane.doe@mail.example.org", "<jane@example.com>", "\"Doe, Jane\"", "=?utf-8?q?J=C3=A4ne?=", "=?", "?=", "=!", "xn--a", "a--b", "é", "\xff",
        "Tue, 15 Jan 2008 16:02:43 +0100", "1 Feb 2024 00:00:00 -0000", "31 Feb 2024 10:00:00 GMT", "\0", "\v", "\x7f",
    ];

    private static readonly Gen<byte[]> AnyHeader = Gen.Int[0, Pieces.Length - 1].Array[0, 30]
        .Select(pieces => Encoding.Latin1.GetBytes(string.Concat(pieces.Select(i => Pieces[i])) + "\r\n\r\nbody\r\n"));

    private static readonly Gen<byte[]> AnyAddresses = Gen.Int[14, Pieces.Length - 4].Array[1, 12]
        .Select(pieces => Encoding.Latin1.GetBytes("From: " + string.Concat(pieces.Select(i => Pieces[i])) + "\r\nTo: jane@example.com\r\n\r\n"));

    [Fact]
    public void Whatever_an_ordinary_header_says_is_what_MimeKit_reads_of_it() =>
        Gen.OneOf(AnyHeader, AnyAddresses).Sample(octets => AssertSame("random", octets), iter: 60_000);

    [Fact]
    public void Every_sample_has_the_digest_that_MimeKit_makes_of_it_whole_and_damaged()
    {
        var samples = SampleMessages.All();
        foreach (var (name, octets) in samples)
            AssertSame(name, octets);

        Gen.Select(Gen.Int[0, samples.Count - 1], Gen.Select(Gen.Int[0, 3000], Gen.Int[0, Pieces.Length - 1]).Array[1, 6]).Sample(
            (sample, damages) =>
            {
                var octets = new List<byte>(samples[sample].Octets);
                foreach (var (at, piece) in damages)
                    octets.InsertRange(Math.Min(at, octets.Count), Encoding.Latin1.GetBytes(Pieces[piece]));
                AssertSame(samples[sample].Name, [.. octets]);
            },
            iter: 10_000);
    }

    [Fact]
    public void Ordinary_mail_is_not_left_to_MimeKit()
    {
        var builder = new DigestBuilder();
        Assert.True(builder.TryBuild("From: Jane Q. Doe <jane@example.com>\r\nTo: a@x.org,\r\n \"B, C\" <b@x.org>\r\nDate: Tue, 15 Jan 2008 16:02:43 +0100\r\n\r\n"u8));
        var digest = new MessageDigest(builder.Record.ToArray());
        Assert.Equal(new DateTimeOffset(2008, 1, 15, 16, 2, 43, TimeSpan.FromHours(1)), digest.Date);
        Assert.Equal(2, digest.ToEnvelope().To.Count);
        Assert.True(digest.IsVerbatim);

        var record = new RecordWriter();
        foreach (var field in (string[])["a@x.org", " A B <a@x.org> ,\r\n\t<b@y.org>", "\"A\" <a@x.org>", "=?utf-8?q?a?= =?utf-8?q?b?= <a@x.org>"])
            Assert.True(AddressScanner.TryWrite(Encoding.ASCII.GetBytes(field), record), field);
        foreach (var field in (string[])["", "a", "a@x.org (A)", "g: a@x.org;", "<@r.org:a@x.org>", "a@[::1]", "\"a\\\"b\" <a@x.org>", "a@x.org,", "a@xn--x.org", "\"a\"@x.org"])
            Assert.False(AddressScanner.TryWrite(Encoding.ASCII.GetBytes(field), record), field);
    }

    [Fact]
    public void Every_field_that_is_kept_has_its_name()
    {
        foreach (var field in Enum.GetValues<HeaderField>()[1..])
        {
            var name = field.ToString() switch
            {
                "MessageId" => "Message-ID",
                var other => string.Concat(other.Select((c, i) => i > 0 && char.IsUpper(c) ? "-" + c : c.ToString())),
            };
            Assert.Equal(field, HeaderFieldNames.Find(name.ToUpperInvariant()));
            Assert.Equal(field, HeaderFieldNames.Find(Encoding.ASCII.GetBytes(name.ToLowerInvariant())));
        }

        Assert.Equal(HeaderField.None, HeaderFieldNames.Find("Received"));
        Assert.Equal(HeaderField.None, HeaderFieldNames.Find("Received-And-much-longer-than-any"u8));
        Assert.Equal(HeaderField.None, HeaderFieldNames.Find(""u8));
    }

    private static void AssertSame(string name, byte[] octets)
    {
        using var stream = new MemoryStream(octets);
        var header = MessageHeader.ReadAsync(stream, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        var builder = new DigestBuilder();
        builder.Build(header);
        var theirs = new MessageDigest(builder.Record.ToArray());
        Assert.True(MessageDigest.IsDigest(theirs.Record.Span));
        Assert.Equal(Told(header.Envelope, header.BodyOffset, header.Date), Told(theirs));
        if (!builder.TryBuild(octets))
            return;

        var ours = new MessageDigest(builder.Record.ToArray());
        Assert.True(Told(theirs) == Told(ours), $"{name}:\n{Encoding.Latin1.GetString(octets)}\nMimeKit: {Told(theirs)}\nours:    {Told(ours)}");
        Assert.True(Fields(theirs) == Fields(ours), $"{name}:\nMimeKit: {Fields(theirs)}\nours:    {Fields(ours)}");
    }

    private static string Told(MessageDigest digest) => Told(digest.ToEnvelope(), digest.HeaderSize, digest.Date);

    private static string Told(Envelope envelope, long size, DateTimeOffset? date) => string.Join(
        '|',
        size,
        date?.ToString("O"),
        envelope.Date ?? "NIL",
        envelope.Subject ?? "NIL",
        string.Concat(envelope.From),
        string.Concat(envelope.Sender),
        string.Concat(envelope.ReplyTo),
        string.Concat(envelope.To),
        string.Concat(envelope.Cc),
        string.Concat(envelope.Bcc),
        envelope.InReplyTo ?? "NIL",
        envelope.MessageId ?? "NIL");

    private static string Fields(MessageDigest digest)
    {
        var text = new StringBuilder();
        for (var fields = digest.Fields; fields.MoveNext();)
            text.Append(fields.Field).Append('=').Append(Encoding.Latin1.GetString(fields.Line)).Append('|').Append(fields.Value.Length);
        return text.ToString();
    }
}
