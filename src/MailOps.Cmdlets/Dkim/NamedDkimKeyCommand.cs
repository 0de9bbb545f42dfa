using System.Management.Automation;

namespace MailOps.Cmdlets.Dkim;

/// <summary>What the cmdlets share that change one key.</summary>
public abstract class NamedDkimKeyCommand : DkimKeyCommand
{
    /// <summary>The signing domain.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Domain { get; set; } = "";

    /// <summary>The selector.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Selector { get; set; } = "";
}
