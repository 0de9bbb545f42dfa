using System.Globalization;
using System.Management.Automation;
using MailOps.Server.Tracking;

namespace MailOps.Cmdlets.Tracking;

/// <summary>Tells what became of messages: who brought them, which mailbox or server got them, what was tried and why it went wrong.</summary>
/// <remarks>
/// <para>A server writes the log into the folder tracking of its store. It is read from there, whether the server runs in this process, in another, or not at all; what a server of this process knows is written before.</para>
/// <para>Events: RECEIVE (a client brought it), EXPAND (an alias became others, here and at other servers, and is the Reference), DELIVER (it is in mailboxes), SEND (the next server has it), DEFER (it is tried again, at the time that is the Reference), MOVE (an administrator gave it another route), FAIL (it never will be taken), DSN (its sender was told; Reference is the id of the report).</para>
/// <para>A destination that cannot be reached is tried for all that waits there at once, and has one row, a DEFER without Id: ConnectorId is the destination, Status says why and how many wait. Where messages are asked for it is among their rows while one of them waits there, as its row RECEIVE says, which is looked for up to five days before -Start. Of a message for several recipients, of which -Recipient asks for some, their own domains count and not the targets of routes.</para>
/// <para>Rows come in the order of their times. Without -ResultSize there are 1000, with a warning where there are more.</para>
/// </remarks>
/// <example>
/// <code>Get-MailTrackingLog -Sender ann@example.com -Start (Get-Date).AddHours(-1)</code>
/// <para>Shows what became of ann's mail of the last hour.</para>
/// </example>
/// <example>
/// <code>Get-MailTrackingLog -StorePath /srv/mail -EventId FAIL -Recipient *@example.net -ResultSize Unlimited | Group-Object Status -NoElement | Sort-Object Count -Descending</code>
/// <para>Counts why mail for a domain went back, in a store that another process serves.</para>
/// </example>
/// <example>
/// <code>Get-MailTrackingLog -MessageId '&lt;4711@example.com&gt;' | Format-Table Timestamp, EventId, Recipients, PeerName, MessageLatency, Status</code>
/// <para>Tells the whole story of a message by its Message-ID.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "MailTrackingLog")]
[OutputType(typeof(MailTrackingEntry))]
public sealed class GetMailTrackingLogCommand : MailTrackingCommand
{
    private long _left;
    private bool _isBounded;

    /// <summary>Only these messages, by the ids that their senders were told; reports are found by theirs too.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string[] Id { get; set; } = [];

    /// <summary>Only messages with this Message-ID field, with brackets or without. Wildcards are taken.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("InternetMessageId")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] MessageId { get; set; } = [];

    /// <summary>Only messages with this in their subject. With wildcards it is the whole subject.</summary>
    [Parameter]
    [Alias("MessageSubject")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Subject { get; set; } = [];

    /// <summary>How many rows are told at most, or Unlimited.</summary>
    [Parameter]
    [Alias("First")]
    [PSDefaultValue(Value = "1000")]
    public string ResultSize { get; set; } = "1000";

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isBounded = !ResultSize.Equals("Unlimited", StringComparison.OrdinalIgnoreCase);
        if (_isBounded && (!long.TryParse(ResultSize, NumberStyles.None, CultureInfo.InvariantCulture, out _left) || _left == 0))
            ThrowTerminatingError(Runtime.ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, $"-ResultSize is '{ResultSize}', and has to be a number above 0, or Unlimited.", ResultSize));
    }

    private protected override MailTrackingQuery Query() => base.Query() with
    {
        Ids = Id,
        Subjects = [.. Subject.Select(TrackingPattern.OfPart)],
        MessageIds = [.. MessageId.Select(id => TrackingPattern.Of(id.Trim('<', '>')))],
    };

    private protected override async Task RunAsync(MailTrackingReader log, MailTrackingQuery query, CancellationToken cancel)
    {
        await foreach (var row in log.SearchAsync(query, cancel).ConfigureAwait(false))
        {
            if (_isBounded && _left-- <= 0)
            {
                if (!MyInvocation.BoundParameters.ContainsKey(nameof(ResultSize)))
                    await WarningAsync($"There are more than {ResultSize} rows. Use -ResultSize Unlimited to have all, or ask for less.").ConfigureAwait(false);
                return;
            }

            await OutputAsync(row).ConfigureAwait(false);
        }
    }
}
