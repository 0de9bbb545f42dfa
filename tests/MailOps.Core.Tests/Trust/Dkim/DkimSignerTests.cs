using System.Text;
using System.Text.RegularExpressions;
using MailOps.Trust.Dkim;
using Xunit;

namespace MailOps.Core.Tests.Trust.Dkim;

/// <summary>Signatures, looked at by MimeKit's verifier.</summary>
public sealed class DkimSignerTests : IDisposable
{
    private const string Message =
        "Received: from a by b; Sat, 28 Nov 2026 10:00:00 +0000\r\n" +
        "FROM:  Ann  <ann@Example.COM>\r\n" +
        "To: bob@example.org,\r\n\tcid@example.org\r\n" +
        "Subject: a long\r\n  subject \t\r\n" +
        "Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n" +
        "Message-ID: <1@example.com>\r\n" +
        "MIME-Version: 1.0\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\n" +
        "List-Unsubscribe: <https://example.com/u>\r\n" +
        "\r\n" +
        "Hello  \t world \r\n\r\n.grüße\r\n\r\n\r\n";

    private static readonly DateTimeOffset Now = new(2026, 11, 28, 10, 0, 0, TimeSpan.Zero);

    private readonly DkimKeys _keys = new();

    public void Dispose() => _keys.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Two_keys_make_two_signatures_that_hold(bool relaxedHeader, bool relaxedBody)
    {
        var signed = Sign(Message, new DkimSigningOptions { Header = Form(relaxedHeader), Body = Form(relaxedBody) });
        Assert.Equal([true, true], _keys.Verify(signed));
        var text = Encoding.UTF8.GetString(signed);
        Assert.Contains("a=rsa-sha256;", text, StringComparison.Ordinal);
        Assert.Contains("a=ed25519-sha256;", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    public void The_signature_does_not_depend_on_where_the_pieces_are_cut(int size) =>
        Assert.Equal(Sign(Message), Sign(Message, size: size));

    [Theory]
    [InlineData("world", "World")]
    [InlineData("Subject: a long", "Subject: a short")]
    [InlineData("cid@", "sid@")]
    [InlineData("List-Unsubscribe: <https://example.com/u>", "List-Unsubscribe: <https://example.net/u>")]
    public void What_is_changed_breaks_both(string from, string to)
    {
        var changed = Encoding.UTF8.GetString(Sign(Message)).Replace(from, to, StringComparison.Ordinal);
        Assert.Equal([false, false], _keys.Verify(Encoding.UTF8.GetBytes(changed)));
    }

    [Theory]
    [InlineData("Subject: other\r\n")]
    [InlineData("From: eve@example.net\r\n")]
    [InlineData("Reply-To: eve@example.net\r\n")]
    [InlineData("Cc: eve@example.net\r\n")]
    [InlineData("Content-Transfer-Encoding: base64\r\n")]
    public void What_is_added_on_top_breaks_both(string field) =>
        Assert.Equal([false, false], _keys.Verify([.. Encoding.ASCII.GetBytes(field), .. Sign(Message)]));

    [Theory]
    [InlineData("Received: from x by y; Sat, 28 Nov 2026 11:00:00 +0000\r\n")]
    [InlineData("Return-Path: <ann@example.com>\r\n")]
    [InlineData("Sender: list@example.org\r\n")]
    public void What_servers_and_lists_add_does_no_harm(string field) =>
        Assert.Equal([true, true], _keys.Verify([.. Encoding.ASCII.GetBytes(field), .. Sign(Message)]));

    [Fact]
    public void Relaxed_form_survives_folding_and_case_but_simple_form_does_not()
    {
        static byte[] Refold(byte[] message) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(message)
            .Replace("Subject: a long\r\n  subject \t\r\n", "SUBJECT: a\r\n long subject\r\n", StringComparison.Ordinal));
        Assert.Equal([true, true], _keys.Verify(Refold(Sign(Message))));
        Assert.Equal([false, false], _keys.Verify(Refold(Sign(Message, new DkimSigningOptions { Header = DkimCanonicalization.Simple }))));
    }

    [Fact]
    public void Of_a_field_that_is_there_twice_both_are_signed_from_the_last_on()
    {
        var signed = Sign("Resent-To: second@example.org\r\nResent-To: first@example.org\r\n" + Message);
        Assert.Equal([true, true], _keys.Verify(signed));
        var text = Encoding.UTF8.GetString(signed);
        Assert.Equal([false, false], _keys.Verify(Encoding.UTF8.GetBytes(text.Replace("first@", "other@", StringComparison.Ordinal))));
        Assert.Equal([false, false], _keys.Verify(Encoding.UTF8.GetBytes(text.Replace("second@", "other@", StringComparison.Ordinal))));
        // Another is put on top by who sends it on once more.
        Assert.Equal([true, true], _keys.Verify([.. "Resent-To: third@example.org\r\n"u8, .. signed]));
    }

    [Theory]
    [InlineData("From: ann@example.com\r\n\r\n")]
    [InlineData("From: ann@example.com\r\n")]
    [InlineData("From: ann@example.com")]
    public void A_message_without_a_body_is_signed(string message)
    {
        var fields = Outcome(message).Fields.ToArray();
        Assert.Equal([true, true], _keys.Verify([.. fields, .. Encoding.ASCII.GetBytes(message.TrimEnd() + "\r\n\r\n")]));
    }

    [Fact]
    public void Fields_are_lines_of_78_columns_at_the_most_and_tell_when_and_for_how_long()
    {
        var text = Encoding.ASCII.GetString(Outcome(Message, new DkimSigningOptions { Lifetime = TimeSpan.FromDays(7) }).Fields.Span);
        Assert.All(text.Split("\r\n"), line => Assert.InRange(line.Length, 0, 78));
        Assert.EndsWith("\r\n", text, StringComparison.Ordinal);
        Assert.Contains(" t=1795860000;", text, StringComparison.Ordinal);
        Assert.Contains(" x=1796464800;", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" x=", Encoding.ASCII.GetString(Outcome(Message).Fields.Span), StringComparison.Ordinal);
        Assert.DoesNotContain(" i=", text, StringComparison.Ordinal);
        var names = Regex.Match(text, " h=(?<names>[^;]+);", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5)).Groups["names"].Value;
        var counts = string.Concat(names.Where(c => !char.IsWhiteSpace(c))).Split(':').CountBy(name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        Assert.Equal(2, counts["From"]);
        Assert.Equal(2, counts["Subject"]);
        Assert.Equal(1, counts["Cc"]);
        Assert.Equal(1, counts["List-Unsubscribe"]);
        Assert.False(counts.ContainsKey("Received"));
        Assert.False(counts.ContainsKey("Sender"));
    }

    [Theory]
    [InlineData("To: bob@example.org\r\n\r\nx\r\n", DkimUnsigned.NotOneFrom)]
    [InlineData("From: ann@example.com\r\nfrom: eve@example.net\r\n\r\nx\r\n", DkimUnsigned.NotOneFrom)]
    [InlineData("From: ann@example.com\r\nno field\r\n\r\nx\r\n", DkimUnsigned.HeaderUnreadable)]
    [InlineData("From: ann@example.com\r\nSubject: a\nTo: b\r\n\r\nx\r\n", DkimUnsigned.HeaderUnreadable)]
    [InlineData("From: ann@example.com\r\nSubject: a\rb\r\n\r\nx\r\n", DkimUnsigned.HeaderUnreadable)]
    [InlineData("\r\nx\r\n", DkimUnsigned.NotOneFrom)]
    internal void A_message_that_readers_could_take_for_different_things_is_not_signed(string message, DkimUnsigned reason)
    {
        var outcome = Outcome(message);
        Assert.Equal(reason, outcome.Reason);
        Assert.True(outcome.Fields.IsEmpty);
    }

    [Theory]
    [InlineData(0, DkimUnsigned.None)]
    [InlineData(-1, DkimUnsigned.HeaderTooLong)]
    internal void A_header_is_kept_up_to_its_limit(int more, DkimUnsigned reason)
    {
        var header = Message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        foreach (var size in new[] { 1, 1000 })
            Assert.Equal(reason, Outcome(Message, new DkimSigningOptions { MaxHeaderOctets = header + more }, size).Reason);
    }

    [Fact]
    public void Without_a_key_there_is_no_signature()
    {
        using var signer = new DkimSigner(new DkimSigningOptions());
        signer.Take(Encoding.UTF8.GetBytes(Message));
        Assert.Equal(DkimUnsigned.NoKey, signer.Sign([], Now).Reason);
    }

    [Theory]
    [InlineData("From: Ann <ann@Example.COM>\r\n\r\n", "example.com")]
    [InlineData("Subject: x\r\nfrom: \"a, b@c\" <ann@bücher.example>, bob@example.org\r\n\r\n", "xn--bcher-kva.example")]
    [InlineData("From: ann\r\n\r\n", null)]
    [InlineData("From: ann@[192.0.2.1]\r\n\r\n", null)]
    [InlineData("Subject: x\r\n\r\n", null)]
    public void The_first_authors_domain_is_known(string message, string? domain)
    {
        using var signer = new DkimSigner(new DkimSigningOptions());
        signer.Take(Encoding.UTF8.GetBytes(message));
        Assert.Equal(domain, signer.AuthorDomain());
    }

    private static DkimCanonicalization Form(bool isRelaxed) => isRelaxed ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple;

    private byte[] Sign(string message, DkimSigningOptions? options = null, int size = int.MaxValue)
    {
        var outcome = Outcome(message, options, size);
        Assert.Equal(DkimUnsigned.None, outcome.Reason);
        return [.. outcome.Fields.Span, .. Encoding.UTF8.GetBytes(message)];
    }

    private DkimSigned Outcome(string message, DkimSigningOptions? options = null, int size = int.MaxValue)
    {
        using var signer = new DkimSigner(options ?? new DkimSigningOptions());
        foreach (var piece in Encoding.UTF8.GetBytes(message).Chunk(size))
            signer.Take(piece);
        return signer.Sign([_keys.Rsa, _keys.Ed25519], Now);
    }
}
