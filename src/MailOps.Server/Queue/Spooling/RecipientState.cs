namespace MailOps.Server.Queue.Spooling;

/// <summary>What has become of a recipient so far.</summary>
internal sealed class RecipientState(int number, EnvelopeRecipient recipient)
{
    /// <summary>The recipient's number in the envelope, from 1.</summary>
    public int Number { get; } = number;

    /// <summary>The recipient.</summary>
    public EnvelopeRecipient Recipient { get; } = recipient;

    /// <summary>How its last try ended, or null if it had none.</summary>
    public SpoolRecord? Last { get; private set; }

    /// <summary>True if nothing more is tried.</summary>
    public bool IsFinal => Last?.Event is SpoolEvent.Sent or SpoolEvent.Failed;

    /// <summary>The id of the report of how it ended, once one is being made.</summary>
    public QueueId? Report { get; private set; }

    /// <summary>True if the sender was told how it ended.</summary>
    public bool IsReported { get; private set; }

    /// <summary>When it is tried again, or null if it was not tried yet on its route.</summary>
    public DateTimeOffset? Due { get; private set; }

    /// <summary>The target that its sender has, or an administrator has given it, or null for the one that its domain has.</summary>
    public string? Route { get; private set; } = recipient.Route;

    /// <summary>Takes a record in, in their order. What is final stays so.</summary>
    public void Take(SpoolRecord record)
    {
        switch (record.Event)
        {
            case SpoolEvent.Reporting:
                Report = QueueId.TryParse(record.Report, out var id) ? id : Report;
                break;
            case SpoolEvent.Reported:
                IsReported = true;
                break;
            case SpoolEvent.Moved:
                (Route, Due) = (record.Route, null);
                break;
            default:
                (Last, Due) = IsFinal ? (Last, Due) : (record, record.Until);
                break;
        }
    }
}
