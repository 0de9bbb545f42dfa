using System.Collections;
using System.Management.Automation;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Takes what has a number where its number is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class ByNumberAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (NumberOf(value) is { } number)
            return number;
        return value is IList list ? list.Cast<object?>().Select(one => Transform(engineIntrinsics, one)).ToArray() : inputData;
    }

    /// <summary>The number of what is meant; null for anything else.</summary>
    private protected abstract int? NumberOf(object? value);
}
