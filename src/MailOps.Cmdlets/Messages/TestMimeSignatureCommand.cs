using System.Management.Automation;
using System.Security.Cryptography;
using MailOps.Client.Protection;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Messages;

/// <summary>Says what the signatures of messages are worth: who signed, whether the content is what was signed, and whether the signer is trusted.</summary>
/// <para>Status is Valid only if the whole body is what was signed, the certificate or key is valid now and trusted, and it is that of every address of the message's one From field. Otherwise it is
/// Altered, SignerUnknown, Revoked, Untrusted, Expired, WrongSigner, PartOnly (there is more in the body that nobody signed: another part, or text before or behind the parts of a multipart/signed) or Unsigned, and Reason says why. No message is without a result.</para>
/// <para>Certificates are trusted by the authorities of the system, or by those of TrustedCertificate alone, among which may be a signer's own; they must be for mail if they say
/// what they are for. OpenPGP keys are trusted if they are in the files of KeyRing. Revocation is asked for over the network with CheckRevocation only.</para>
/// <example><code>Get-ImapMessage -Session $session -Body | Test-MimeSignature | Where-Object Status -notin Valid, Unsigned</code><para>Finds messages whose signatures are worth nothing.</para></example>
/// <example><code>Import-MimeMessage ./letter.eml | Test-MimeSignature -TrustedCertificate ./company-root.pem</code><para>Trusts one's own authority.</para></example>
/// <example><code>(Test-MimeSignature ./letter.eml -KeyRing ./friends.asc).Reason</code><para>Says in words what a signature of OpenPGP is worth.</para></example>
[Cmdlet(VerbsDiagnostic.Test, "MimeSignature")]
[OutputType(typeof(MimeSignature))]
public sealed class TestMimeSignatureCommand : MailCmdlet
{
    private SignatureReader? _reader;

    /// <summary>A message: a MimeKit.MimeMessage, the path of a file or one of Get-ChildItem, text (header and all), bytes, or a message of the other cmdlets.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("InputObject")]
    [ValidateNotNull]
    public object? Message { get; set; }

    /// <summary>Authorities or signers that are trusted, in the place of the system's: X509Certificate2 or the paths of PEM or DER files.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] TrustedCertificate { get; set; } = [];

    /// <summary>Files of OpenPGP keys that are trusted, armored or not.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] KeyRing { get; set; } = [];

    /// <summary>True to ask the authorities, over the network, whether certificates were revoked.</summary>
    [Parameter]
    public SwitchParameter CheckRevocation { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            _reader = new SignatureReader([.. TrustedCertificate.Select(one => MessageArgument.Certificate(this, one))], MessageArgument.Files(this, KeyRing), CheckRevocation);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            ThrowTerminatingError(ErrorRecords.From(e, targetObject: null));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var message = MessageArgument.Message(this, Message!);
        try
        {
            WriteObject(_reader!.Read(message), enumerateCollection: true);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.From(e, message));
        }
    }
}
