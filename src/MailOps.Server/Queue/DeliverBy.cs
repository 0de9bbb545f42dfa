using System.Text.Json.Serialization;

namespace MailOps.Server.Queue;

/// <summary>By when its sender wants a message delivered, and what becomes of it otherwise (RFC 2852 section 4).</summary>
internal sealed record DeliverBy
{
    // What the grammar has room for.
    private const double MostSeconds = 999_999_999;

    /// <summary>The deliver-by-time.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>True if it goes back then (mode R); false if its sender is told, and it is tried on (mode N).</summary>
    public bool Returns { get; init; }

    /// <summary>True if its sender hears of each server that it is passed on to (T).</summary>
    public bool Traces { get; init; }

    /// <summary>As administrators are shown it: <c>Return</c> or <c>Notify</c>.</summary>
    [JsonIgnore]
    public string Mode => Returns ? "Return" : "Notify";

    /// <summary>True if it may not be delivered any more (section 4.1.3).</summary>
    public bool IsOver(DateTimeOffset now) => Returns && now >= Time;

    /// <summary>True if its sender is to hear that it is late (section 4.1.3).</summary>
    public bool IsLate(DateTimeOffset now) => !Returns && now >= Time;

    /// <summary>The seconds that are left, below zero after the deadline: those that were begun count, so that a message with any time left never says 0.</summary>
    public int SecondsLeft(DateTimeOffset now) => (int)Math.Clamp(Math.Ceiling((Time - now).TotalSeconds), -MostSeconds, MostSeconds);

    /// <summary>The value of BY for the next server (section 4.1.4).</summary>
    public string ValueAt(DateTimeOffset now) => FormattableString.Invariant($"{SecondsLeft(now)};{(Returns ? 'R' : 'N')}{(Traces ? "T" : "")}");
}
