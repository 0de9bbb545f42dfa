using System.Text;
using CsCheck;
using MailOps.Trust.Dkim;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Xunit;

namespace MailOps.Core.Tests.Trust.Dkim;

/// <summary>Bodies in canonical form, as RFC 6376 section 3.4 has it and as MimeKit hashes them.</summary>
public sealed class BodyHashTests
{
    [Fact]
    public void The_body_of_the_RFCs_example_has_the_hash_that_is_printed_there()
    {
        // RFC 6376 appendix A.2, RFC 8463 appendix A.3.
        var body = "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n"u8.ToArray();
        Assert.Equal("2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=", Hash(DkimCanonicalization.Simple, body));
    }

    [Fact]
    public void An_empty_body_is_nothing_in_relaxed_form_and_a_line_end_in_simple_form()
    {
        // RFC 6376 sections 3.4.3 and 3.4.4 print both.
        Assert.Equal("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", Hash(DkimCanonicalization.Relaxed, []));
        Assert.Equal("frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", Hash(DkimCanonicalization.Simple, []));
    }

    [Theory]
    [InlineData("a", "a\r\n")]
    [InlineData("a  b\t c \t\r\n", "a b c\r\n")]
    [InlineData(" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n")]
    [InlineData("\r\n\r\n", "")]
    [InlineData(" \t\r\n \r\n", "")]
    [InlineData("a\r\n \t", "a\r\n")]
    [InlineData("\r\n\r\na\r\n", "\r\n\r\na\r\n")]
    [InlineData("a\rb\r\r\n", "a\rb\r\r\n")]
    [InlineData("a\nb \nc", "a\nb \nc\r\n")]
    [InlineData("a \r", "a \r\r\n")]
    public void Relaxed_form_of(string body, string canonical) =>
        Assert.Equal(HashOf(canonical), Hash(DkimCanonicalization.Relaxed, Encoding.ASCII.GetBytes(body)));

    [Theory]
    [InlineData("a", "a\r\n")]
    [InlineData("a \t\r\n\r\n\r\n", "a \t\r\n")]
    [InlineData("\r\n\r\n", "\r\n")]
    [InlineData(" \r\n\r\n", " \r\n")]
    [InlineData("\r\n\r\na\r\n", "\r\n\r\na\r\n")]
    [InlineData("a\r\r\n", "a\r\r\n")]
    public void Simple_form_of(string body, string canonical) =>
        Assert.Equal(HashOf(canonical), Hash(DkimCanonicalization.Simple, Encoding.ASCII.GetBytes(body)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_hash_is_that_of_MimeKit_however_the_body_is_cut(bool isRelaxed)
    {
        var (ours, theirs) = isRelaxed
            ? (DkimCanonicalization.Relaxed, DkimCanonicalizationAlgorithm.Relaxed)
            : (DkimCanonicalization.Simple, DkimCanonicalizationAlgorithm.Simple);
        // Lines of 78 octets at the most: MimeKit would encode what is longer anew.
        string[] words = ["\r\n", "\r\n", " ", "\t", "a", "bc d", ".", "ü", "\r\n\r\n"];
        Gen.Select(Gen.Int[0, words.Length - 1].Array[0, 18], Gen.Int[1, 9]).Sample((parts, size) =>
        {
            var body = Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => words[part])) + "\r\n");
            Assert.Equal(ByMimeKit(body, theirs), Hash(ours, body, size));
        }, iter: 300);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void A_body_of_many_buffers_and_lines_longer_than_one_is_hashed_whole(int size)
    {
        var line = new string('x', 9_000);
        var body = string.Concat(Enumerable.Repeat($"a  b \r\n\r\n{line}\t{line}\r\n", 20));
        var canonical = string.Concat(Enumerable.Repeat($"a b\r\n\r\n{line} {line}\r\n", 20));
        Assert.Equal(HashOf(canonical), Hash(DkimCanonicalization.Relaxed, Encoding.ASCII.GetBytes(body), size));
        Assert.Equal(HashOf(body), Hash(DkimCanonicalization.Simple, Encoding.ASCII.GetBytes(body), size));
    }

    private static string ByMimeKit(byte[] body, DkimCanonicalizationAlgorithm algorithm)
    {
        var message = MimeMessage.Load(new MemoryStream([.. "From: a@example.com\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"u8, .. body]));
        message.Prepare(EncodingConstraint.None);
        // The hash of the body does not depend on the key, and this kind signs fast.
        var signer = new MimeKit.Cryptography.DkimSigner(new Ed25519PrivateKeyParameters(new byte[32]), DkimKeys.Domain, "s", DkimSignatureAlgorithm.Ed25519Sha256)
        {
            BodyCanonicalizationAlgorithm = algorithm,
        };
        signer.Sign(FormatOptions.Default.Clone(), message, [HeaderId.From]);
        return TagOf(message.Headers[HeaderId.DkimSignature]!, "bh");
    }

    private static string TagOf(string field, string tag) =>
        string.Concat(field.Split(';').Select(one => one.Trim()).Single(one => one.StartsWith(tag + "=", StringComparison.Ordinal))[(tag.Length + 1)..].Where(c => !char.IsWhiteSpace(c)));

    private static string Hash(DkimCanonicalization canonicalization, byte[] body, int size = int.MaxValue)
    {
        using var hash = new BodyHash(canonicalization);
        for (var at = 0; at < body.Length; at += size)
        {
            hash.Take(body.AsSpan(at, Math.Min(size, body.Length - at)));
            if (size == int.MaxValue)
                break;
        }

        return Convert.ToBase64String(hash.End());
    }

    private static string HashOf(string canonical) => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
}
