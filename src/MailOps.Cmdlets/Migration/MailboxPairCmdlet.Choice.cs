using System.Management.Automation;
using MailOps.Cmdlets.Maildirs;

namespace MailOps.Cmdlets.Migration;

/// <content>Which messages.</content>
public abstract partial class MailboxPairCmdlet : IMessageChoice
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

    /// <summary>True if copies are to go whose messages are gone from the source.</summary>
    private protected virtual bool RemovesDeleted => false;
}
