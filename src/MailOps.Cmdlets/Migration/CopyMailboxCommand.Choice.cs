using System.Management.Automation;

namespace MailOps.Cmdlets.Migration;

/// <content>What becomes of copies later.</content>
public sealed partial class CopyMailboxCommand
{
    /// <summary>Carries flags as well that changed on the source after a message was copied. Flags that only changed on the target stay.</summary>
    [Parameter]
    public SwitchParameter Mirror { get; set; }

    /// <summary>Removes copies from the target whose messages are gone from the source. Only what the journal tells to be a copy, and what is still octet for octet what was copied; nothing else is touched.</summary>
    [Parameter]
    public SwitchParameter RemoveDeleted { get; set; }

    private protected override bool RemovesDeleted => RemoveDeleted;
}
