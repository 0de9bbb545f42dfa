using System.Text;
using MailOps.Tests.Support;
using MailOps.Trust.Dkim;
using Xunit;

namespace MailOps.Interop.Tests.Trust;

/// <summary>OpenDKIM verifies our signatures with the records that our keys publish, and it and OpenSSL read our key files.</summary>
public sealed class OpenDkimTests : IDisposable
{
    private const string Domain = "example.com";

    private const string Message =
        "From: Ann <ann@example.com>\r\nTo: bob@example.org,\r\n\tcid@example.org\r\nSubject: a  long\r\n subject\r\n" +
        "Date: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\nMIME-Version: 1.0\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\nList-Id: <list.example.com>\r\n\r\n" +
        "Hello  \t world \r\n\r\n.grüße\r\n\r\n\r\n";

    private readonly PrivateFolder _folder = new();
    private readonly DkimKeyStore _keys;

    public OpenDkimTests() => _keys = new DkimKeyStore(_folder.Of("store"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(DkimKeyType.Rsa, true)]
    [InlineData(DkimKeyType.Rsa, false)]
    [InlineData(DkimKeyType.Ed25519, true)]
    [InlineData(DkimKeyType.Ed25519, false)]
    public async Task OpenDKIM_verifies_what_we_sign_and_nothing_that_was_changed(DkimKeyType type, bool isRelaxedBody)
    {
        var made = _keys.Create(Domain, "s1", type, 2048, activate: true);
        var text = Encoding.UTF8.GetString(Sign(isRelaxedBody ? DkimCanonicalization.Relaxed : DkimCanonicalization.Simple));
        Assert.Contains("dkim=pass", await VerifyAsync(made, text), StringComparison.Ordinal);
        Assert.Contains("dkim=fail", await VerifyAsync(made, text.Replace("world", "World", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("dkim=fail", await VerifyAsync(made, "Subject: another\r\n" + text), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenDKIM_signs_with_our_key_file_and_its_record_forbids_SHA_1()
    {
        var made = _keys.Create(Domain, "s1", DkimKeyType.Rsa, 2048, activate: false);
        var signed = await PeerCommand.RunAsync(Peers.Require("opendkim-testmsg", "opendkim-tools"), ["-C", "-d", Domain, "-s", "s1", "-k", made.Path], Message);
        // This small program of OpenDKIM's knows SHA-1 alone.
        Assert.Contains("a=rsa-sha1", signed.Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("dkim=pass", await VerifyAsync(made, signed.Output), StringComparison.Ordinal);
        var permissive = made with { RecordValue = made.RecordValue.Replace("h=sha256; ", "", StringComparison.Ordinal) };
        Assert.Contains("dkim=pass", await VerifyAsync(permissive, signed.Output), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DkimKeyType.Rsa, "RSA")]
    [InlineData(DkimKeyType.Ed25519, "ED25519")]
    public async Task OpenSSL_reads_our_key_files_and_finds_the_public_half_that_the_record_has(DkimKeyType type, string name)
    {
        var made = _keys.Create(Domain, "s1", type, 2048, activate: false);
        var openssl = Peers.Require("openssl", "openssl");
        Assert.Contains(name, (await PeerCommand.RunAsync(openssl, ["pkey", "-in", made.Path, "-noout", "-text_pub"])).Succeeded().Output.Replace("Public-Key: (2048 bit)", "RSA", StringComparison.Ordinal), StringComparison.Ordinal);
        var pem = (await PeerCommand.RunAsync(openssl, ["pkey", "-in", made.Path, "-pubout"])).Succeeded().Output;
        var info = string.Concat(pem.Split('\n').Where(line => !line.StartsWith('-')));
        var published = Convert.FromBase64String(made.RecordValue[(made.RecordValue.IndexOf("p=", StringComparison.Ordinal) + 2)..]);
        // For Ed25519 the record has the last 32 octets alone (RFC 8463 section 4.2).
        Assert.Equal(published, type is DkimKeyType.Rsa ? Convert.FromBase64String(info) : Convert.FromBase64String(info)[^32..]);
    }

    private byte[] Sign(DkimCanonicalization body)
    {
        using var signer = new DkimSigner(new DkimSigningOptions { Body = body });
        var octets = Encoding.UTF8.GetBytes(Message);
        foreach (var piece in octets.Chunk(50))
            signer.Take(piece);
        var keys = _keys.ActiveKeys(signer.AuthorDomain()!);
        var signed = signer.Sign(keys, DateTimeOffset.UtcNow);
        foreach (var key in keys)
            key.Dispose();
        return [.. signed.Fields.Span, .. octets];
    }

    // What OpenDKIM would put into the message's Authentication-Results.
    private async Task<string> VerifyAsync(DkimKeyRecord key, string message)
    {
        var opendkim = Peers.Require("opendkim", "opendkim");
        var records = _folder.Write("records", $"{key.RecordName} {key.RecordValue}\n");
        var trusted = _folder.Write("none", "192.0.2.1\n");
        var configuration = _folder.Write("opendkim.conf", $"Mode v\nTestPublicKeys {records}\nInternalHosts {trusted}\n");
        var file = _folder.Write("message.eml", message);
        return (await PeerCommand.RunAsync(opendkim, ["-x", configuration, "-vv", "-t", file])).Succeeded().Output;
    }
}
