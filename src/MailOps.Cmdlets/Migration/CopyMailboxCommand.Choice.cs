using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <content>Which messages, and where they go.</content>
public sealed partial class CopyMailboxCommand
{
    /// <summary>Messages that arrived then or later.</summary>
    [Parameter]
    public DateTimeOffset? Since { get; set; }

    /// <summary>Messages that arrived earlier.</summary>
    [Parameter]
    public DateTimeOffset? Before { get; set; }

    /// <summary>Messages with more octets, such as 10MB.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? LargerThan { get; set; }

    /// <summary>Messages with fewer octets.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long? SmallerThan { get; set; }

    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords that a message has, all of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] Flag { get; set; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] NotFlag { get; set; } = [];

    /// <summary>Search keys as IMAP has them (RFC 9051 section 6.4.4), which the source's server searches each folder by: 'FROM "bob" UNSEEN'.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>Carries flags as well that changed on the source after a message was copied. Flags that only changed on the target stay.</summary>
    [Parameter]
    public SwitchParameter Mirror { get; set; }

    /// <summary>Removes copies from the target whose messages are gone from the source. Only what the journal tells to be a copy, and what is still octet for octet what was copied; nothing else is touched.</summary>
    [Parameter]
    public SwitchParameter RemoveDeleted { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Query?.Any(char.IsControl) == true)
            Refuse("-Query has a line end or another control character. It is the search keys of one command, in one line.", Query);
    }

    private MessageFilter? Filter() => Since is null && Before is null && LargerThan is null && SmallerThan is null && Flag.Length + NotFlag.Length == 0
        ? null
        : new MessageFilter
        {
            Since = Since,
            Before = Before,
            LargerThan = LargerThan,
            SmallerThan = SmallerThan,
            Flag = Array.ConvertAll(Flag, MessageFlags.Normal),
            NotFlag = Array.ConvertAll(NotFlag, MessageFlags.Normal),
        };
}
