using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes a time that is longer than nothing and not longer than a timer can wait (49 days).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidatePositiveTimeAttribute : ValidateArgumentsAttribute
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(49);

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is TimeSpan time && (time <= TimeSpan.Zero || time > Longest))
            throw new ValidationMetadataException($"{time} is not a time to wait. Give one above zero and up to 49 days, such as 00:00:30 for 30 seconds.");
    }
}
