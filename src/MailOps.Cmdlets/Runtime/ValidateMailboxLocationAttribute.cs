using System.Management.Automation;
using MailOps.Client.Migration;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes addresses of mailboxes alone, and says of others what is wrong and what to write.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateMailboxLocationAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object? element)
    {
        if (!MailboxLocation.TryParse(element?.ToString(), out _, out var error))
            throw new ValidationMetadataException(error);
    }
}
