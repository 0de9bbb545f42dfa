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

    /// <summary>True if the sender was told that it takes long.</summary>
    public bool IsDelayReported { get; private set; }

    /// <summary>True if the sender was told how it ended, or need not be.</summary>
    public bool IsReported { get; private set; }

    /// <summary>When it is tried again: at once if nothing says otherwise.</summary>
    public DateTimeOffset Due => Last?.Until ?? DateTimeOffset.MinValue;

    /// <summary>Takes a record in, in their order. What is final stays so.</summary>
    public void Take(SpoolRecord record)
    {
        switch (record.Event)
        {
            case SpoolEvent.DelayReported:
                IsDelayReported = true;
                break;
            case SpoolEvent.Reported:
                IsReported = true;
                break;
            default:
                Last = IsFinal ? Last : record;
                break;
        }
    }
}
