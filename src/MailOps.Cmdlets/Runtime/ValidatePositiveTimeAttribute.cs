using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes a time that is longer than nothing and, unless less is allowed, not longer than a timer can wait (49 days).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidatePositiveTimeAttribute : ValidateArgumentsAttribute
{
    /// <summary>The least, in seconds; 0 takes all that is above nothing.</summary>
    public int LeastSeconds { get; set; }

    /// <summary>The most, in days.</summary>
    public int MostDays { get; set; } = 49;

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is not TimeSpan time || (time > TimeSpan.Zero && time >= TimeSpan.FromSeconds(LeastSeconds) && time <= TimeSpan.FromDays(MostDays)))
            return;
        var least = LeastSeconds == 0 ? "above zero and" : $"of {LeastSeconds} second{(LeastSeconds == 1 ? "" : "s")} or more,";
        throw new ValidationMetadataException($"{time} is not a time that can be given here. Give one {least} up to {MostDays} days, such as 00:00:30 for 30 seconds.");
    }
}
