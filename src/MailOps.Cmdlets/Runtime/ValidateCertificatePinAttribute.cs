using System.Management.Automation;
using MailOps.Wire;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes what certificates can be pinned by alone, and says of others what to write.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateCertificatePinAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object? element)
    {
        if (!CertificatePin.TryParse(element?.ToString(), out _, out var error))
            throw new ValidationMetadataException(error);
    }
}
