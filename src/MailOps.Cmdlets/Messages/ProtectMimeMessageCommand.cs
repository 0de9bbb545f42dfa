using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using MailOps.Client.Protection;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Signs and encrypts messages: by S/MIME with certificates, or by OpenPGP with keys.</summary>
/// <para>What is signed and encrypted is the content, signed first; the header stays readable for all, and so do the subject and who gets it. The message that was
/// given is not changed. Send it as it comes out: what is signed must not be encoded anew.</para>
/// <para>S/MIME (RFC 8551): SHA-256 and AES-256, for RSA and elliptic keys. OpenPGP (RFC 3156): keys come from files of gpg --export and gpg --export-secret-keys, by the addresses of the message; nothing is
/// asked of a key server or of gpg. Who encrypts can read it again if one of the certificates or keys is the sender's own. Recipients in Bcc can be seen in the encryption.</para>
/// <example><code>New-MimeMessage -From ann@example.com -To bob@example.org -Subject Hello -Body Hi | Protect-MimeMessage -SigningCertificate ./ann.p12 -Password (Read-Host -AsSecureString) | Send-MimeMessage -Session $session</code><para>Signs a message with a PKCS #12 file and sends it.</para></example>
/// <example><code>$message | Protect-MimeMessage -SigningCertificate $mine -RecipientCertificate ./bob.pem, ./ann.pem</code><para>Signs and encrypts for two who can read it.</para></example>
/// <example><code>$message | Protect-MimeMessage -KeyRing ./secret.asc, ./friends.asc -Sign -Encrypt -Passphrase $passphrase</code><para>Signs with the key of the author and encrypts for the recipients, by OpenPGP.</para></example>
[Cmdlet(VerbsSecurity.Protect, "MimeMessage", DefaultParameterSetName = CertificateSet)]
[OutputType("MimeKit.MimeMessage")]
public sealed class ProtectMimeMessageCommand : MailCmdlet
{
    private const string CertificateSet = "Certificate";
    private const string KeySet = "Key";

    private ProtectionOptions? _options;

    /// <summary>A message: a MimeKit.MimeMessage, the path of a file or one of Get-ChildItem, text (header and all), bytes, or a message of the other cmdlets.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [ValidateNotNull]
    public object? Message { get; set; }

    /// <summary>The certificate that signs, with its private key: an X509Certificate2 whose key can be exported, or the path of a PKCS #12 or PEM file.</summary>
    [Parameter(ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public object? SigningCertificate { get; set; }

    /// <summary>The password of that file.</summary>
    [Parameter(ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>The certificates of those who are to read it: X509Certificate2 or the paths of PEM or DER files.</summary>
    [Parameter(ParameterSetName = CertificateSet)]
    [Alias("To")]
    [ValidateNotNullOrEmpty]
    public object[] RecipientCertificate { get; set; } = [];

    /// <summary>True to put the content into the signature: it survives what changes messages on the way, and only programs that know S/MIME can read it.</summary>
    [Parameter(ParameterSetName = CertificateSet)]
    public SwitchParameter Opaque { get; set; }

    /// <summary>Files of OpenPGP keys, secret and public, armored or not.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string[] KeyRing { get; set; } = [];

    /// <summary>What opens the secret key.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>True to sign.</summary>
    [Parameter(ParameterSetName = KeySet)]
    public SwitchParameter Sign { get; set; }

    /// <summary>Whose key signs: an address, a key id or a fingerprint; the author's unless given.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string? SigningKey { get; set; }

    /// <summary>True to encrypt.</summary>
    [Parameter(ParameterSetName = KeySet)]
    public SwitchParameter Encrypt { get; set; }

    /// <summary>Whose keys encrypt: addresses, key ids or fingerprints; the recipients' unless given.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string[] RecipientKey { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        _options = new ProtectionOptions
        {
            SigningCertificate = SigningCertificate is null ? null : MessageArgument.Certificate(this, SigningCertificate),
            Password = MessageArgument.Secret(Password),
            RecipientCertificates = [.. RecipientCertificate.Select(one => MessageArgument.Certificate(this, one))],
            IsOpaque = Opaque,
            KeyFiles = MessageArgument.Files(this, KeyRing),
            Passphrase = MessageArgument.Secret(Passphrase),
            SignsWithKey = Sign || SigningKey is not null,
            SigningKey = SigningKey,
            EncryptsWithKeys = Encrypt || RecipientKey.Length > 0,
            RecipientKeys = RecipientKey,
        };
        if (_options is { SigningCertificate: null, RecipientCertificates.Count: 0, SignsWithKey: false, EncryptsWithKeys: false })
        {
            ThrowTerminatingError(ErrorRecords.Finding("ProtectionMissing", ErrorCategory.InvalidArgument, ParameterSetName == KeySet
                ? "Nothing is to be done: give -Sign, -Encrypt or both."
                : "Nothing is to be done: give -SigningCertificate to sign, -RecipientCertificate to encrypt, or -KeyRing for OpenPGP.", targetObject: null));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var message = MessageArgument.Message(this, Message!);
        try
        {
            foreach (var recipient in MessageProtection.WithoutCertificate(message, _options!))
                WriteWarning($"None of the certificates is that of {recipient}, who will not be able to read the message.");
            WriteObject(MessageProtection.Protect(message, _options!));
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            WriteError(ErrorRecords.From(e, message));
        }
    }
}
