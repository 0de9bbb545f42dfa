using System.Security.Cryptography;
using System.Text;
using MailOps.Client.Messages;
using MailOps.Client.Protection;
using MailOps.Tests.Support;
using MimeKit;
using Xunit;

namespace MailOps.Client.Tests.Protection;

/// <summary>OpenPGP, beside gpg.</summary>
public sealed class OpenPgpTests(GpgHome gpg) : IClassFixture<GpgHome>
{
    private const string Passphrase = GpgHome.Passphrase;

    private FileInfo Secrets => gpg.Secrets;

    private FileInfo Publics => gpg.Publics;

    [Theory]
    [InlineData("ann@example.com")]
    [InlineData("bob@example.com")]
    public async Task What_is_signed_here_gpg_verifies(string author)
    {
        var signed = (MimeMessage)MessageProtection.Protect(Message(author, "ann@example.com"), new ProtectionOptions { KeyFiles = [Secrets], Passphrase = Passphrase, SignsWithKey = true });
        var found = Status(signed);
        Assert.Equal((SignatureStatus.Valid, "OpenPGP", "Sha256"), (found.Status, found.Kind, found.Digest));
        Assert.Equal([author], found.Email);
        Assert.Equal(await gpg.FingerprintAsync(author), found.Fingerprint);

        var (content, signature) = Split(signed);
        var said = await gpg.RunAsync("--verify", signature, content);
        Assert.Contains("Good signature", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_gpg_signs_is_verified_here()
    {
        foreach (var author in new[] { "ann@example.com", "bob@example.com" })
            Status(await SignedByGpgAsync(author, "Content-Type: text/plain\r\n\r\nFrom gpg\r\n"));
    }

    [Fact]
    public async Task What_is_encrypted_here_gpg_decrypts_and_the_other_way_round()
    {
        foreach (var reader in new[] { "ann@example.com", "bob@example.com" })
        {
            var encrypted = (MimeMessage)MessageProtection.Protect(Message("ann@example.com", reader), new ProtectionOptions { KeyFiles = [Publics], EncryptsWithKeys = true });
            var file = Path.Join(gpg.Folder, "encrypted");
            File.WriteAllBytes(file, MimePartReader.Read(encrypted).Single(part => part.MediaType == "application/octet-stream").Content);
            Assert.Contains("secret text", (await gpg.RunAsync("--passphrase", Passphrase, "--decrypt", file)).Output, StringComparison.Ordinal);

            foreach (var isSigned in new[] { false, true })
            {
                var plain = Path.Join(gpg.Folder, "plain");
                File.WriteAllText(plain, "Content-Type: text/plain\r\n\r\nFrom gpg\r\n");
                var armored = await gpg.RunAsync(["--passphrase", Passphrase, "--trust-model", "always", "--armor", "--local-user", "ann@example.com", .. isSigned ? new[] { "--sign" } : [], "--encrypt", "--recipient", reader, "--output", "-", plain]);
                var message = $"From: ann@example.com\nTo: {reader}\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\nContent-Type: application/octet-stream\n\n{armored.Output}\n--b--\n";
                var decrypted = MessageProtection.DecryptWithKeys(message, [Secrets], Passphrase)!.Value;
                Assert.Equal("From gpg", ((MimeMessage)decrypted.Message).TextBody?.Trim());
                if (isSigned)
                    Assert.Equal(SignatureStatus.Valid, Assert.Single(decrypted.Signatures).Status);
                else
                    Assert.Empty(decrypted.Signatures);
            }
        }
    }

    [Fact]
    public async Task Signed_and_encrypted_is_decrypted_and_verified()
    {
        var message = MessageProtection.Protect(Message("ann@example.com", "bob@example.com"), new ProtectionOptions { KeyFiles = [Secrets], Passphrase = Passphrase, SignsWithKey = true, EncryptsWithKeys = true, RecipientKeys = ["bob@example.com", "0x" + (await gpg.FingerprintAsync("ann@example.com"))[^16..]] });
        Assert.StartsWith("The message is encrypted", Status(message, SignatureStatus.Unsigned).Reason, StringComparison.Ordinal);
        var plain = MessageProtection.DecryptWithKeys(message, [Secrets], Passphrase)!.Value.Message;
        Assert.Equal("secret text", ((MimeMessage)plain).TextBody?.Trim());
        Status(plain);
    }

    [Fact]
    public async Task Each_kind_of_distrust_has_its_status_and_reason()
    {
        var signed = await SignedByGpgAsync("ann@example.com", "Content-Type: text/plain\r\n\r\nFrom gpg\r\n");
        Status(signed.Replace("From gpg", "From you", StringComparison.Ordinal), SignatureStatus.Altered);
        Status(signed.Replace("From: ann@", "From: eve@", StringComparison.Ordinal), SignatureStatus.WrongSigner);
        Assert.Equal(SignatureStatus.SignerUnknown, Assert.Single(new SignatureReader([], [], false).Read(signed)).Status);
        var at = signed.IndexOf("-----BEGIN PGP SIGNATURE-----", StringComparison.Ordinal);
        Status(signed[..at] + "nothing\r\n--b--\r\n", SignatureStatus.Altered);
        at = signed.IndexOf("\n\n", at, StringComparison.Ordinal) + 2;
        Status(signed[..at] + "AAAA" + signed[(at + 4)..], SignatureStatus.Altered);

        // Ended, by a clock that gpg is told.
        await gpg.RunAsync("--faked-system-time", "20200101T000000!", "--passphrase", Passphrase, "--quick-gen-key", "Old <old@example.com>", "rsa2048", "sign", "1y");
        var old = await SignedByGpgAsync("old@example.com", "Content-Type: text/plain\r\n\r\nx\r\n", "--faked-system-time", "20200601T000000!");
        await gpg.ExportAsync();
        Assert.Contains("ended on 2020-12-31", Status(old, SignatureStatus.Expired).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Surroundings.Part, "more parts than it may have, which nobody signed: text/html.")]
    [InlineData(Surroundings.Preamble, "text in front of the part that was signed")]
    [InlineData(Surroundings.Epilogue, "text behind the signature")]
    public async Task What_is_added_inside_a_multipart_signed_is_not_signed(Surroundings what, string why)
    {
        var signed = await SignedByGpgAsync("ann@example.com", "Content-Type: text/plain\r\n\r\nFrom gpg\r\n");
        Assert.True(Status(signed).IsWholeBody);
        Assert.True(Status(Surroundings.Preamble.AddTo(signed, "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)")).IsWholeBody);
        var found = Status(what.AddTo(signed), SignatureStatus.PartOnly);
        Assert.False(found.IsWholeBody);
        Assert.Contains(why, found.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_changed_in_the_encryption_is_not_shown()
    {
        var encrypted = (MimeMessage)MessageProtection.Protect(Message("ann@example.com", "bob@example.com"), new ProtectionOptions { KeyFiles = [Publics], EncryptsWithKeys = true });
        using var octets = new MemoryStream();
        using (var armor = new Org.BouncyCastle.Bcpg.ArmoredInputStream(new MemoryStream(MimePartReader.Read(encrypted).Single(part => part.MediaType == "application/octet-stream").Content)))
            armor.CopyTo(octets);
        foreach (var fromEnd in new[] { 3, 30, 60 })
        {
            var changed = octets.ToArray();
            changed[^fromEnd] ^= 1;
            var message = $"From: ann@example.com\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n\n--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n{Convert.ToBase64String(changed, Base64FormattingOptions.InsertLineBreaks)}\n--b--\n";
            Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithKeys(message, [Secrets], Passphrase));
        }
    }

    [Fact]
    public void What_cannot_be_done_says_why()
    {
        var wrong = Assert.Throws<CryptographicException>(() => MessageProtection.Protect(Message("ann@example.com", "bob@example.com"), new ProtectionOptions { KeyFiles = [Secrets], Passphrase = "wrong-one", SignsWithKey = true }));
        Assert.DoesNotContain("wrong-one", wrong.ToString(), StringComparison.Ordinal);
        var missing = Assert.Throws<ArgumentException>(() => MessageProtection.Protect(Message("ann@example.com", "eve@example.com"), new ProtectionOptions { KeyFiles = [Publics], EncryptsWithKeys = true }));
        Assert.Contains("no key for eve@example.com", missing.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MessageProtection.Protect(Message("eve@example.com", "bob@example.com"), new ProtectionOptions { KeyFiles = [Secrets], SignsWithKey = true }));
        var none = Path.Join(gpg.Folder, "none.asc");
        File.WriteAllText(none, "no keys");
        Assert.Contains("no OpenPGP keys", Assert.Throws<ArgumentException>(() => new SignatureReader([], [new FileInfo(none)], false).Read(SignedText)).Message, StringComparison.Ordinal);
        Assert.Null(MessageProtection.DecryptWithKeys(Message("ann@example.com", "bob@example.com"), [Secrets], Passphrase));
        var encrypted = MessageProtection.Protect(Message("ann@example.com", "bob@example.com"), new ProtectionOptions { KeyFiles = [Publics], EncryptsWithKeys = true });
        Assert.Contains("encrypted for others", Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithKeys(encrypted, [Publics], Passphrase)).Message, StringComparison.Ordinal);
        Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithKeys(encrypted, [Secrets], "wrong-one"));
    }

    private const string SignedText = "From: a@b\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n";

    private static object Message(string from, string to) => new MessageDraft { From = from, To = [to], Subject = "Hello", Text = "secret text\r\n" }.Compose();

    private MimeSignature Status(object message, SignatureStatus expected = SignatureStatus.Valid)
    {
        var found = Assert.Single(new SignatureReader([], [Publics], asksForRevocation: false).Read(message));
        Assert.True(expected == found.Status, found.ToString());
        return found;
    }

    private async Task<string> SignedByGpgAsync(string author, string content, params string[] more)
    {
        var file = Path.Join(gpg.Folder, "content");
        File.WriteAllText(file, content);
        var signature = await gpg.RunAsync([.. more, "--passphrase", Passphrase, "--armor", "--digest-algo", "SHA256", "--local-user", author, "--detach-sign", "--output", "-", file]);
        // The line end before the boundary is the boundary's.
        return $"From: {author}\r\nSubject: Hi\r\nContent-Type: multipart/signed; micalg=pgp-sha256; protocol=\"application/pgp-signature\"; boundary=b\r\n\r\n--b\r\n{content}\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\n{signature.Output}\r\n--b--\r\n";
    }

    // As the octets lie in the message, with CRLF (RFC 3156 section 5).
    private (string Content, string Signature) Split(MimeMessage message)
    {
        using var octets = new MemoryStream();
        message.WriteTo(new FormatOptions { NewLineFormat = NewLineFormat.Dos }, octets);
        var text = Encoding.Latin1.GetString(octets.ToArray());
        var boundary = "\r\n--" + message.Body!.ContentType.Boundary;
        var parts = text.Split(boundary);
        var (content, signature) = (Path.Join(gpg.Folder, "signed"), Path.Join(gpg.Folder, "signature"));
        File.WriteAllText(content, parts[1][2..], Encoding.Latin1);
        File.WriteAllBytes(signature, MimePartReader.Read(message).Single(part => part.MediaType == "application/pgp-signature").Content);
        return (content, signature);
    }
}
