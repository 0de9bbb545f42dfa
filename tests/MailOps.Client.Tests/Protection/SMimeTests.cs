using System.Security.Cryptography;
using System.Text;
using MailOps.Client.Messages;
using MailOps.Client.Protection;
using MailOps.Tests.Support;
using MimeKit;
using Xunit;

namespace MailOps.Client.Tests.Protection;

/// <summary>S/MIME, beside openssl.</summary>
public sealed class SMimeTests : IDisposable
{
    private readonly MailCertificates _mail = new();

    public SMimeTests()
    {
        _mail.Issue("ann", "ann@example.com").Dispose();
        _mail.Issue("bob", "bob@example.com").Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_signed_here_openssl_verifies(bool isOpaque)
    {
        var signed = Protect(Message(), new ProtectionOptions { SigningCertificate = _mail.File12("ann"), Password = MailCertificates.Password, IsOpaque = isOpaque });
        Assert.Equal(SignatureStatus.Valid, Status(signed).Status);
        var file = Write(signed);
        var said = await OpenSslAsync("cms", "-verify", "-in", file, "-CAfile", _mail.AuthorityFile.FullName);
        Assert.Contains("Content-Type: text/plain", said.Output, StringComparison.Ordinal);
        Assert.Contains("CMS Verification successful", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_openssl_signs_is_verified_here()
    {
        var content = Path.Join(_mail.Folder, "content");
        File.WriteAllText(content, "Content-Type: text/plain\r\n\r\nFrom openssl\r\n");
        var file = Path.Join(_mail.Folder, "signed.eml");
        foreach (var way in new[] { new[] { "cms", "-sign" }, ["cms", "-sign", "-nodetach"] })
        {
            await OpenSslAsync([.. way, "-md", "sha256", "-in", content, "-out", file, "-from", "ann@example.com", "-to", "bob@example.com", "-subject", "Hi", "-signer", _mail.PathOf("ann", "pem"), "-inkey", _mail.PathOf("ann", "key")]);
            var found = Status(File.ReadAllBytes(file));
            Assert.Equal((SignatureStatus.Valid, "S/MIME", "CN=ann", "Sha256", true), (found.Status, found.Kind, found.Signer, found.Digest, found.IsWholeBody));
            Assert.Equal(["ann@example.com"], found.Email);
            Assert.Equal("CN=Mail Authority", found.Issuer);
            Assert.NotNull(found.SignedAt);
        }
    }

    [Fact]
    public async Task What_is_encrypted_here_openssl_decrypts_and_the_other_way_round()
    {
        var file = Write(Protect(Message(), new ProtectionOptions { RecipientCertificates = [_mail.FilePem("bob")] }));
        Assert.DoesNotContain("secret text", File.ReadAllText(file), StringComparison.Ordinal);
        var said = await OpenSslAsync("cms", "-decrypt", "-in", file, "-recip", _mail.PathOf("bob", "pem"), "-inkey", _mail.PathOf("bob", "key"));
        Assert.Contains("secret text", said.Output, StringComparison.Ordinal);

        var content = Path.Join(_mail.Folder, "content");
        File.WriteAllText(content, "Content-Type: text/plain\r\n\r\nFrom openssl\r\n");
        foreach (var cipher in new[] { "-aes256", "-aes128", "-des3" })
        {
            await OpenSslAsync("cms", "-encrypt", cipher, "-in", content, "-out", file, "-from", "ann@example.com", "-to", "bob@example.com", "-subject", "Hi", _mail.PathOf("bob", "pem"));
            var plain = Assert.IsType<MimeMessage>(MessageProtection.DecryptWithCertificates(File.ReadAllBytes(file), [_mail.File12("bob")], MailCertificates.Password));
            Assert.Equal("From openssl", plain.TextBody?.Trim());
        }
    }

    [Theory]
    [InlineData("bob", "-aes-128-gcm")]
    [InlineData("bob", "-aes-192-gcm")]
    [InlineData("bob", "-aes-256-gcm")]
    [InlineData("curve", "-aes-256-gcm")]
    [InlineData("curve", "-aes256")]
    [InlineData("curve", "-aes128", "ecdh_kdf_md:sha256")]
    public async Task What_openssl_encrypts_with_AES_GCM_and_for_elliptic_keys_is_decrypted_here(string reader, string cipher, string? option = null)
    {
        _mail.Issue("curve", "curve@example.com", isElliptic: true).Dispose();
        var (content, file) = (Path.Join(_mail.Folder, "content"), Path.Join(_mail.Folder, "encrypted.eml"));
        File.WriteAllText(content, $"Content-Type: text/plain\r\n\r\n{string.Concat(Enumerable.Repeat("From openssl\r\n", 5_000))}");
        await OpenSslAsync(["cms", "-encrypt", cipher, "-in", content, "-out", file, "-from", "ann@example.com", "-to", "bob@example.com", "-subject", "Hi", "-recip", _mail.PathOf("ann", "pem"), "-recip", _mail.PathOf(reader, "pem"), .. option is null ? [] : new[] { "-keyopt", option }]);
        var plain = Assert.IsType<MimeMessage>(MessageProtection.DecryptWithCertificates(File.ReadAllBytes(file), [_mail.File12(reader)], MailCertificates.Password));
        Assert.Equal((5_000, "Hi"), (plain.TextBody!.Trim().Split('\n').Length, plain.Subject));

        _mail.Issue("other", "other@example.com", isElliptic: reader == "curve").Dispose();
        Assert.Contains("encrypted for others", Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithCertificates(File.ReadAllBytes(file), [_mail.File12("other")], MailCertificates.Password)).Message, StringComparison.Ordinal);
        if (!cipher.EndsWith("gcm", StringComparison.Ordinal))
            return;

        // What was altered is not shown: the tag tells.
        var message = MimeMessage.Load(file);
        using var altered = new MemoryStream();
        ((MimePart)message.Body!).Content!.DecodeTo(altered, Cancel);
        altered.GetBuffer()[altered.Length - 300] ^= 1;
        altered.Position = 0;
        ((MimePart)message.Body!).Content = new MimeContent(altered);
        Assert.Contains("altered", Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithCertificates(message, [_mail.File12(reader)], MailCertificates.Password)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_encrypted_here_for_elliptic_keys_openssl_decrypts()
    {
        _mail.Issue("curve", "curve@example.com", isElliptic: true).Dispose();
        var file = Write(Protect(Message(), new ProtectionOptions { RecipientCertificates = [_mail.FilePem("curve"), _mail.FilePem("bob")] }));
        foreach (var reader in new[] { "curve", "bob" })
        {
            var said = await OpenSslAsync("cms", "-decrypt", "-in", file, "-recip", _mail.PathOf(reader, "pem"), "-inkey", _mail.PathOf(reader, "key"));
            Assert.Contains("secret text", said.Output, StringComparison.Ordinal);
            Assert.Equal("secret text", ((MimeMessage)MessageProtection.DecryptWithCertificates(File.ReadAllBytes(file), [_mail.File12(reader)], MailCertificates.Password)!).TextBody?.Trim());
        }
    }

    [Fact]
    public void Signed_and_encrypted_is_decrypted_and_verified()
    {
        using var ann = _mail.Issue("ann", "ann@example.com");
        var message = Protect(Message(), new ProtectionOptions { SigningCertificate = ann, RecipientCertificates = [_mail.FilePem("bob"), _mail.FilePem("ann")] });
        Assert.StartsWith("The message is encrypted", Status(message, SignatureStatus.Unsigned).Reason, StringComparison.Ordinal);
        foreach (var reader in new[] { "bob", "ann" })
        {
            var plain = MessageProtection.DecryptWithCertificates(message, [new FileInfo(_mail.PathOf(reader, "both.pem"))], password: null)!;
            Assert.Equal("secret text", ((MimeMessage)plain).TextBody?.Trim());
            Assert.Equal(SignatureStatus.Valid, Status(plain).Status);
        }
    }

    [Fact]
    public void An_elliptic_key_signs()
    {
        _mail.Issue("curve", "ann@example.com", isElliptic: true).Dispose();
        Assert.Equal(SignatureStatus.Valid, Status(Protect(Message(), new ProtectionOptions { SigningCertificate = _mail.File12("curve"), Password = MailCertificates.Password })).Status);
    }

    [Fact]
    public void What_was_altered_is_told()
    {
        var octets = Octets(Protect(Message(), Signed("ann")));
        var altered = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(octets).Replace("secret=20text", "public=20text", StringComparison.Ordinal).Replace("secret text", "public text", StringComparison.Ordinal));
        Assert.NotEqual(octets, altered);
        Assert.StartsWith("The content is not what was signed", Status(altered, SignatureStatus.Altered).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_kind_of_distrust_has_its_status_and_reason()
    {
        _mail.Issue("old", "ann@example.com", fromDays: -90, toDays: -10).Dispose();
        _mail.Issue("early", "ann@example.com", fromDays: 10).Dispose();
        _mail.Issue("web", "ann@example.com", isForMail: false).Dispose();
        Assert.Contains("is not valid now", Status(Protect(Message(), Signed("old")), SignatureStatus.Expired).Reason, StringComparison.Ordinal);
        Assert.Contains("is not valid now", Status(Protect(Message(), Signed("early")), SignatureStatus.Expired).Reason, StringComparison.Ordinal);
        Assert.Contains("not trusted for mail", Status(Protect(Message(), Signed("web")), SignatureStatus.Untrusted).Reason, StringComparison.Ordinal);
        Assert.Contains("good signature of bob@example.com, and the message says it is from ann@example.com", Status(Protect(Message(), Signed("bob")), SignatureStatus.WrongSigner).Reason, StringComparison.Ordinal);

        var signed = Protect(Message(), Signed("ann"));
        Assert.Equal(SignatureStatus.Untrusted, Assert.Single(new SignatureReader([], [], false).Read(signed)).Status);
        Assert.Equal(SignatureStatus.Untrusted, Assert.Single(new SignatureReader([_mail.FilePem("bob")], [], false).Read(signed)).Status);
        // The signer himself may be trusted, without an authority.
        Assert.Equal(SignatureStatus.Valid, Assert.Single(new SignatureReader([_mail.FilePem("ann")], [], false).Read(signed)).Status);
        Assert.Equal(SignatureStatus.Unsigned, Status(Message(), SignatureStatus.Unsigned).Status);
    }

    [Fact]
    public async Task A_signature_without_its_certificate_says_nothing()
    {
        var content = Path.Join(_mail.Folder, "content");
        File.WriteAllText(content, "Content-Type: text/plain\r\n\r\nx\r\n");
        var file = Path.Join(_mail.Folder, "signed.eml");
        await OpenSslAsync("cms", "-sign", "-nocerts", "-in", content, "-out", file, "-from", "ann@example.com", "-signer", _mail.PathOf("ann", "pem"), "-inkey", _mail.PathOf("ann", "key"));
        Status(File.ReadAllBytes(file), SignatureStatus.SignerUnknown);
    }

    [Fact]
    public void A_signature_in_the_middle_does_not_cover_what_is_around_it()
    {
        var signed = (MimeMessage)Protect(Message(), Signed("ann"));
        signed.Body = new Multipart("mixed") { signed.Body!, new TextPart("plain") { Text = "-- list footer" } };
        var found = Status(Octets(signed), SignatureStatus.PartOnly);
        Assert.False(found.IsWholeBody);
        Assert.Contains("nobody signed", found.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Surroundings.Part, "more parts than it may have, which nobody signed: text/html.")]
    [InlineData(Surroundings.Preamble, "text in front of the part that was signed")]
    [InlineData(Surroundings.Epilogue, "text behind the signature")]
    public void What_is_added_inside_a_multipart_signed_is_not_signed(Surroundings what, string why)
    {
        var signed = Encoding.Latin1.GetString(Octets(Protect(Message(), Signed("ann"))));
        var found = Status(Encoding.Latin1.GetBytes(what.AddTo(signed)), SignatureStatus.PartOnly);
        Assert.False(found.IsWholeBody);
        Assert.Contains(why, found.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("This is an S/MIME signed message", SignatureStatus.Valid)]
    [InlineData(" \r\n\t", SignatureStatus.Valid)]
    [InlineData("This is an S/MIME signed message\r\nPay Eve", SignatureStatus.PartOnly)]
    public void Notices_of_well_known_programs_before_the_parts_do_not_matter(string preamble, SignatureStatus expected)
    {
        var signed = Encoding.Latin1.GetString(Octets(Protect(Message(), Signed("ann"))));
        Assert.Equal(expected == SignatureStatus.Valid, Status(Encoding.Latin1.GetBytes(Surroundings.Preamble.AddTo(signed, preamble)), expected).IsWholeBody);
    }

    [Fact]
    public void A_multipart_signed_without_its_signature_is_damaged()
    {
        var signed = Encoding.Latin1.GetString(Octets(Protect(Message(), Signed("ann"))));
        var boundary = "--" + ((MimeMessage)MimeMessage.Load(new MemoryStream(Encoding.Latin1.GetBytes(signed)))).Body!.ContentType.Boundary;
        Status(Encoding.Latin1.GetBytes(signed[..signed.LastIndexOf(boundary + "\n", StringComparison.Ordinal)] + boundary + "--\n"), SignatureStatus.Altered);
    }

    [Fact]
    public void A_signed_part_in_a_strangers_message_is_not_valid()
    {
        var signed = (MimeMessage)Protect(Message(), Signed("ann"));
        var stranger = new MimeMessage { Subject = "Pay at once", Body = new Multipart("mixed") { signed.Body! } };
        stranger.From.Add(new MailboxAddress("Ann", "ann@example.com"));
        Status(Octets(stranger), SignatureStatus.PartOnly);
        stranger.From[0] = new MailboxAddress("Eve", "eve@example.com");
        Status(Octets(stranger), SignatureStatus.WrongSigner);
    }

    [Theory]
    [InlineData("From: ann@example.com, bob@example.com", "says it is from ann@example.com, bob@example.com")]
    [InlineData("From: Friends: ann@example.com, bob@example.com;", "says it is from ann@example.com, bob@example.com")]
    [InlineData("From: ann@example.com\nFrom: bob@example.com", "it has 2 From fields")]
    [InlineData("From: bob@example.com\nFrom: bob@example.com", "it has 2 From fields")]
    [InlineData("X-From: bob@example.com", "it has 0 From fields")]
    [InlineData("From: <>, bob@example.com, <", "of bob@example.com")]
    [InlineData("From: BOB@example.com", null)]
    public void The_signer_is_every_address_of_the_one_From_field(string from, string? why)
    {
        var text = Encoding.Latin1.GetString(Octets(Protect(Message(), Signed("bob"))));
        var changed = text.Replace("From: Ann <ann@example.com>", from, StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        var found = Status(Encoding.Latin1.GetBytes(changed), why is null ? SignatureStatus.Valid : SignatureStatus.WrongSigner);
        if (why is not null)
            Assert.Contains(why, found.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_signature_is_told()
    {
        var text = Encoding.Latin1.GetString(Octets(Protect(Message(), Signed("ann"))));
        var at = text.IndexOf("smime.p7s", StringComparison.Ordinal);
        at = text.IndexOf("\n\n", at, StringComparison.Ordinal) + 2;
        Status(Encoding.Latin1.GetBytes(text[..at] + "AAAA" + text[(at + 4)..]), SignatureStatus.Altered);
        Status(Encoding.Latin1.GetBytes(text[..at] + "\n--x--\n"), SignatureStatus.Altered);
    }

    [Fact]
    public void What_cannot_be_done_says_why()
    {
        var encrypted = Protect(Message(), new ProtectionOptions { RecipientCertificates = [_mail.FilePem("bob")] });
        Assert.Contains("encrypted for others", Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithCertificates(encrypted, [_mail.File12("ann")], MailCertificates.Password)).Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<CryptographicException>(() => MessageProtection.DecryptWithCertificates(encrypted, [_mail.File12("bob")], "wrong-one"));
        Assert.Contains("cannot be read as PKCS #12 with this password", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-one", wrong.ToString(), StringComparison.Ordinal);
        Assert.Null(MessageProtection.DecryptWithCertificates(Message(), [_mail.File12("bob")], MailCertificates.Password));
        Assert.Throws<ArgumentException>(() => Protect(Message(), new ProtectionOptions { SigningCertificate = MailOps.Client.Protection.CertificateSource.Public(_mail.FilePem("ann")) }));
        Assert.Throws<ArgumentException>(() => Protect(Message(), new ProtectionOptions { RecipientCertificates = [_mail.File12("bob")] }));
        Assert.ThrowsAny<Exception>(() => Protect(Message(), new ProtectionOptions { SigningCertificate = new FileInfo(_mail.PathOf("ann", "pem")) }));
        Assert.Throws<FileNotFoundException>(() => Protect(Message(), new ProtectionOptions { RecipientCertificates = [new FileInfo(_mail.PathOf("nobody", "pem"))] }));
        Assert.Equal(["bob@example.com"], MessageProtection.WithoutCertificate(Message(), new ProtectionOptions { RecipientCertificates = [_mail.FilePem("ann")] }));
    }

    [Fact]
    public void The_message_that_is_given_is_not_changed()
    {
        var message = (MimeMessage)Message();
        var before = Octets(message);
        Protect(message, Signed("ann"));
        Assert.Equal(before, Octets(message));
    }

    public void Dispose() => _mail.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ProtectionOptions Signed(string name) => new() { SigningCertificate = _mail.File12(name), Password = MailCertificates.Password };

    private static object Message() => new MessageDraft { From = "Ann <ann@example.com>", To = ["bob@example.com"], Subject = "Hello", Text = "secret text\r\n" }.Compose();

    private static object Protect(object message, ProtectionOptions options) => MessageProtection.Protect(message, options);

    private MimeSignature Status(object message, SignatureStatus expected = SignatureStatus.Valid)
    {
        var found = Assert.Single(new SignatureReader([_mail.AuthorityFile], [], asksForRevocation: false).Read(message));
        Assert.True(expected == found.Status, found.ToString());
        return found;
    }

    private string Write(object message)
    {
        var path = Path.Join(_mail.Folder, "message.eml");
        File.WriteAllBytes(path, Octets(message));
        return path;
    }

    private static byte[] Octets(object message)
    {
        using var octets = new MemoryStream();
        ((MimeMessage)message).WriteTo(octets);
        return octets.ToArray();
    }

    private static async Task<PeerOutput> OpenSslAsync(params string[] arguments) => (await PeerCommand.RunAsync(Peers.Require("openssl", "openssl"), arguments)).Succeeded();
}
