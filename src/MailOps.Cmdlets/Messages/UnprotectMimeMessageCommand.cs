using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using MailOps.Client.Protection;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Decrypts messages: by S/MIME with certificates, or by OpenPGP with keys.</summary>
/// <para>The message comes with its content in the clear, and with the signature that was inside, for Test-MimeSignature. Where OpenPGP has signed and encrypted in one step,
/// the property Signatures says what the signatures are worth. The message that was given is not changed. What is not encrypted is an error (NotEncrypted).
/// S/MIME: AES and 3DES in CBC and AES in GCM, for RSA and elliptic keys.</para>
/// <example><code>Get-ImapMessage -Session $session -Body | Unprotect-MimeMessage -Certificate ./ann.p12 -Password $password | ForEach-Object TextBody</code><para>Reads encrypted messages of a mailbox.</para></example>
/// <example><code>Import-MimeMessage ./secret.eml | Unprotect-MimeMessage -KeyRing ./secret-keys.asc -Passphrase $passphrase | Test-MimeSignature -KeyRing ./friends.asc</code><para>Decrypts a message of OpenPGP and says what its signature is worth.</para></example>
[Cmdlet(VerbsSecurity.Unprotect, "MimeMessage", DefaultParameterSetName = CertificateSet)]
[OutputType("MimeKit.MimeMessage")]
public sealed class UnprotectMimeMessageCommand : MailCmdlet
{
    private const string CertificateSet = "Certificate";
    private const string KeySet = "Key";

    /// <summary>A message: a MimeKit.MimeMessage, the path of a file or one of Get-ChildItem, text (header and all), bytes, or a message of the other cmdlets.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [ValidateNotNull]
    public object? Message { get; set; }

    /// <summary>Certificates with their private keys: X509Certificate2 whose keys can be exported, or the paths of PKCS #12 or PEM files.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet)]
    [ValidateNotNullOrEmpty]
    public object[] Certificate { get; set; } = [];

    /// <summary>The password of those files.</summary>
    [Parameter(ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public SecureString? Password { get; set; }

    /// <summary>Files of OpenPGP keys, secret and public, armored or not.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string[] KeyRing { get; set; } = [];

    /// <summary>What opens the secret keys.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var message = MessageArgument.Message(this, Message!);
        try
        {
            if (Decrypt(message) is { } plain)
                WriteObject(plain);
            else
                WriteError(ErrorRecords.Finding("NotEncrypted", ErrorCategory.InvalidData, $"The message is not encrypted by {(ParameterSetName == KeySet ? "OpenPGP (multipart/encrypted); for S/MIME give -Certificate" : "S/MIME (application/pkcs7-mime); for OpenPGP give -KeyRing")}.", message));
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            WriteError(ErrorRecords.From(e, message));
        }
    }

    private object? Decrypt(object message)
    {
        if (ParameterSetName == CertificateSet)
            return MessageProtection.DecryptWithCertificates(message, [.. Certificate.Select(one => MessageArgument.Certificate(this, one))], MessageArgument.Secret(Password));
        if (MessageProtection.DecryptWithKeys(message, MessageArgument.Files(this, KeyRing), MessageArgument.Secret(Passphrase)) is not var (plain, signatures))
            return null;
        var shown = PSObject.AsPSObject(plain);
        shown.Properties.Add(new PSNoteProperty("Signatures", signatures.ToArray()));
        return shown;
    }
}
