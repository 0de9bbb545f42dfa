namespace MailOps.Server.Queue.Administration;

/// <summary>Why a queue did not do what it was asked.</summary>
public enum QueueAccessFault
{
    /// <summary>There is no queue at that place.</summary>
    NoQueue,

    /// <summary>Another process has it, and does not answer.</summary>
    Busy,

    /// <summary>This user may not ask.</summary>
    NotPermitted,

    /// <summary>The server ended while it was asked: what it was asked may be done or not.</summary>
    Lost,

    /// <summary>The server does not understand: it is of another version.</summary>
    OtherVersion,

    /// <summary>What was asked makes no sense.</summary>
    Invalid,

    /// <summary>Something broke at the server.</summary>
    Failed,
}
