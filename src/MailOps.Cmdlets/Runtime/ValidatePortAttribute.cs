using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes the numbers that a port to connect to can have. Unlike ValidateRange it lets null pass: what is piped may have no such port.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidatePortAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is int and not (>= 1 and <= 65535))
            throw new ValidationMetadataException($"{arguments} is not a port to connect to: ports are 1 to 65535. Leave it out for the usual one.");
    }
}
