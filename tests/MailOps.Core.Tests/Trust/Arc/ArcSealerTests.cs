using System.Text;
using MailOps.Core.Tests.Trust.Dkim;
using MailOps.Trust.Arc;
using MailOps.Trust.Dkim;
using Xunit;

namespace MailOps.Core.Tests.Trust.Arc;

/// <summary>Sets that are added to a message, and what becomes of a chain that is broken.</summary>
public sealed class ArcSealerTests : IDisposable
{
    private const string Mail = "DKIM-Signature: v=1; d=far.example; b=x\r\nFrom: zed@far.example\r\nTo: joe@example.com\r\nSubject: hello\r\n\r\nbody \t of it\r\n\r\n";
    private const string Results = "mx.example.com; arc=none smtp.remote-ip=192.0.2.1";

    private readonly DkimKeys _keys = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_set_is_added_that_holds_and_another_on_top_of_it(bool isRsa)
    {
        var key = isRsa ? _keys.Rsa : _keys.Ed25519;
        var text = Mail;
        for (var i = 1; i <= 3; i++)
        {
            text = (await SealAsync(text, key))! + "Received: from a by b; Sun, 29 Nov 2026 12:00:00 +0000\r\n" + text;
            var verdict = await EvaluateAsync(text);
            Assert.Equal((ArcStatus.Pass, $"All {i} sets hold."), (verdict.Status, verdict.Reason));
            Assert.StartsWith($"ARC-Seal: i={i}; a={key.Algorithm}; cv={(i == 1 ? "none" : "pass")}; d=example.com; s=", text, StringComparison.Ordinal);
            Assert.Contains($"\r\nARC-Authentication-Results: i={i}; mx.example.com;\r\n arc=none smtp.remote-ip=192.0.2.1\r\n", text, StringComparison.Ordinal);
        }

        foreach (var change in new[] { ("hello", "hullo"), ("body", "bodi"), ("d=far.example", "d=fur.example"), ("cv=none", "cv=pass"), ("192.0.2.1", "192.0.2.2") })
            Assert.Equal(ArcStatus.Fail, (await EvaluateAsync(text.Replace(change.Item1, change.Item2, StringComparison.Ordinal))).Status);
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 78, line));
    }

    [Fact]
    public async Task A_broken_chain_is_marked_by_a_set_that_covers_itself_alone_and_ends_there_RFC8617_5_1_2()
    {
        var first = (await SealAsync(Mail, _keys.Rsa))! + Mail;
        var broken = first.Replace("Subject: hello", "Subject: [list] hello", StringComparison.Ordinal);
        var seal = (await SealAsync(broken, _keys.Rsa))!;
        Assert.StartsWith("ARC-Seal: i=2; a=rsa-sha256; cv=fail; ", seal, StringComparison.Ordinal);
        var chain = ArcChain.Read(Encoding.ASCII.GetBytes(seal + broken));
        var covered = new System.Buffers.ArrayBufferWriter<byte>();
        HeaderCanon.Write(chain.Find(ArcFieldKind.Results, 2)!.Line, DkimCanonicalization.Relaxed, covered);
        HeaderCanon.Write(chain.Find(ArcFieldKind.Message, 2)!.Line, DkimCanonicalization.Relaxed, covered);
        HeaderCanon.Write(ArcTags.Unsigned(chain.Find(ArcFieldKind.Seal, 2)!.Line), DkimCanonicalization.Relaxed, covered);
        Assert.True(DkimPublicKey.TryRead($"p={Convert.ToBase64String(_keys.Rsa.PublicData())}", out var key, out _));
        using (key)
            Assert.True(key.Verify(System.Security.Cryptography.SHA256.HashData(covered.WrittenSpan), ArcTags.Base64(chain.Find(ArcFieldKind.Seal, 2)!["b"])!));
        Assert.Equal((ArcStatus.Fail, "Who sealed last found the chain broken."), await EvaluateAsync(seal + broken) is var verdict ? (verdict.Status, verdict.Reason) : default);
        Assert.Null(await SealAsync(seal + broken, _keys.Rsa));
    }

    [Fact]
    public async Task No_more_than_50_sets_are_made_RFC8617_4_2_1()
    {
        var text = Mail;
        for (var i = 1; i <= ArcChain.MostSets; i++)
            text = (await SealAsync(text, _keys.Rsa))! + text;
        Assert.Equal(ArcStatus.Pass, (await EvaluateAsync(text)).Status);
        Assert.Null(await SealAsync(text, _keys.Rsa));
        var more = text.Replace("i=50;", "i=51;", StringComparison.Ordinal);
        Assert.Equal((ArcStatus.Fail, "A field ARC-Seal names no set from 1 to 50, or cannot be read."), await EvaluateAsync(more) is var verdict ? (verdict.Status, verdict.Reason) : default);
    }

    [Theory]
    [InlineData("Subject: nobody\r\n\r\nbody\r\n")]
    [InlineData("From: a@a.example\r\nFrom: b@b.example\r\n\r\nbody\r\n")]
    [InlineData("From: a@a.example\r\nno field\r\n\r\nbody\r\n")]
    public async Task What_has_not_one_author_or_no_readable_header_is_not_sealed(string text) => Assert.Null(await SealAsync(text, _keys.Rsa));

    [Fact]
    public void A_header_that_is_too_long_is_not_sealed()
    {
        using var message = Message($"From: a@a.example\r\n{string.Concat(Enumerable.Repeat($"X: {new string('x', 70)}\r\n", 20_000))}\r\nbody\r\n");
        Assert.True(message.IsTooLong);
        Assert.Null(ArcSealer.Seal(message, ArcChain.Read(message.Header.Span), ArcStatus.None, Results, _keys.Rsa, DateTimeOffset.UnixEpoch));
    }

    [Theory]
    [InlineData("v=DKIM1; p=", "The key was revoked.")]
    [InlineData("v=DKIM1; h=sha1; p=MIGf", "The key is not for SHA-256.")]
    [InlineData("v=DKIM2; p=MIGf", "The record of the key cannot be read.")]
    [InlineData("k=rsa", "The record of the key cannot be read.")]
    [InlineData("k=rsa; p=MIGf", "The record holds no key of RSA with 1024 bits or more, or of Ed25519.")]
    [InlineData("k=ed25519; p=MIGf", "The record holds no key of RSA with 1024 bits or more, or of Ed25519.")]
    [InlineData("k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALVpQWDsGkCBFbNJXzCmLSHXMmdo5BMp8e0pPGyHDnzqZvCB6w+wSWTxQ9WKjmLWHkUMhNdSRfmMmrDhd5X0fBsCAwEAAQ==", "The record holds no key of RSA with 1024 bits or more, or of Ed25519.")]
    public void A_record_that_holds_no_key_says_why(string text, string expected)
    {
        Assert.False(DkimPublicKey.TryRead(text, out _, out var error));
        Assert.Equal(expected, error);
    }

    public void Dispose() => _keys.Dispose();

    private static ArcMessage Message(string text)
    {
        var message = new ArcMessage();
        message.Take(Encoding.ASCII.GetBytes(text));
        return message;
    }

    private async Task<string?> SealAsync(string text, DkimSigningKey key)
    {
        using var message = Message(text);
        return ArcSealer.Seal(message, ArcChain.Read(message.Header.Span), (await EvaluateAsync(text)).Status, Results, key, DateTimeOffset.UnixEpoch.AddDays(20_000));
    }

    private Task<ArcVerdict> EvaluateAsync(string text) => ArcSuite.EvaluateAsync(Encoding.ASCII.GetBytes(text), new Dictionary<string, string>
    {
        [$"{_keys.Rsa.Selector}._domainkey.example.com"] = $"v=DKIM1; p={Convert.ToBase64String(_keys.Rsa.PublicData())}",
        [$"{_keys.Ed25519.Selector}._domainkey.example.com"] = $"v=DKIM1; k=ed25519; p={Convert.ToBase64String(_keys.Ed25519.PublicData())}",
    });
}
