namespace MailOps.Server.Tracking;

/// <summary>Whether and for how long it is written down what became of each message.</summary>
public sealed record TrackingOptions
{
    /// <summary>The least that <see cref="MaxSize"/> may be, in octets: 1 MiB.</summary>
    public const long LeastSize = 1L << 20;

    /// <summary>The most that <see cref="MaxSize"/> may be, in octets: 1 TiB.</summary>
    public const long MostSize = 1L << 40;

    /// <summary>The most days that <see cref="MaxAge"/> may have.</summary>
    public const int MostDays = 3650;

    /// <summary>True if the log is written, in the folder <c>tracking</c> of the store.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How long rows are kept, to the day: from one day to ten years.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How many octets the log may have; the oldest files are removed first.</summary>
    public long MaxSize { get; init; } = 2L << 30;
}
