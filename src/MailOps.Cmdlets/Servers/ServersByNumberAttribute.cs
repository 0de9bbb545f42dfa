using System.Collections;
using System.Management.Automation;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Takes servers where their numbers are asked for: what Start-MailServer returned is at hand, and its number has to be looked up.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ServersByNumberAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
    {
        MailServerInfo server => server.Id,
        IList list => list.Cast<object?>().Select(one => Transform(engineIntrinsics, one)).ToArray(),
        _ => inputData,
    };
}
