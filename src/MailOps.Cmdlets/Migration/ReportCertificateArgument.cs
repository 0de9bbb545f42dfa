using System.Management.Automation;
using System.Security;
using System.Security.Cryptography;
using MailOps.Client.Migration.Comparison;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>The certificate that signs records, as it is given.</summary>
internal static class ReportCertificateArgument
{
    /// <summary>Reads it, with its key; what is wrong with it ends the command.</summary>
    public static ReportSigner Open(PSCmdlet cmdlet, object certificate, SecureString? password)
    {
        try
        {
            return new ReportSigner(MessageArgument.Certificate(cmdlet, certificate), MessageArgument.Secret(password));
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or CryptographicException)
        {
            cmdlet.ThrowTerminatingError(ErrorRecords.From(e, certificate));
            throw;
        }
    }
}
