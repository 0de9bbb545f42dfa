namespace MailOps.Client.Probes;

/// <summary>How a finding stands. The greater value weighs more in a verdict.</summary>
public enum FindingStatus
{
    /// <summary>As it should be.</summary>
    Pass,

    /// <summary>It was looked at, but could not be told.</summary>
    Unknown,

    /// <summary>It works, but not as it should.</summary>
    Warning,

    /// <summary>It could not be seen from here: refused, filtered, timed out. That says nothing about how it is.</summary>
    Blocked,

    /// <summary>It was seen, and it is wrong.</summary>
    Fail,
}
