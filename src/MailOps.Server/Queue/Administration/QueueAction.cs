namespace MailOps.Server.Queue.Administration;

/// <summary>What can be done with a message in the queue.</summary>
public enum QueueAction
{
    /// <summary>It is held.</summary>
    Suspend,

    /// <summary>It may go on.</summary>
    Resume,

    /// <summary>It is removed, and nobody hears of it.</summary>
    Remove,

    /// <summary>It is removed, and its sender hears that it failed.</summary>
    RemoveWithReport,

    /// <summary>Those who wait for it get it by another route.</summary>
    Move,
}
