namespace MailOps.Client.Mailboxes.Wire;

/// <summary>Finds out whether a line is so slow that octets are better compressed: far away, and carrying less than either end can compress at little cost.</summary>
internal sealed class LineMeter
{
    // Below it is the same machine or the same room, where a network is faster than compressing.
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(5);

    // Of one connection, in octets per second.
    private const double Slow = 4 * 1024 * 1024;

    // Less says nothing: a buffer on the way takes it at once, or the wait for its beginning is most of its time.
    private const long Enough = 1024 * 1024;

    private TimeSpan _roundTrip = TimeSpan.MaxValue;
    private TimeSpan _waited;
    private long _octets;

    /// <summary>True if the line is slow by what is known of it.</summary>
    public bool IsSlow => _roundTrip >= Near && _roundTrip != TimeSpan.MaxValue && _octets >= Enough && _octets < Slow * _waited.TotalSeconds;

    /// <summary>A command that makes little work was answered after that time.</summary>
    public void Answered(TimeSpan time) => _roundTrip = time < _roundTrip ? time : _roundTrip;

    /// <summary>Octets were carried.</summary>
    /// <param name="octets">How many.</param>
    /// <param name="waited">How long they were waited for.</param>
    public void Carried(long octets, TimeSpan waited)
    {
        _octets += octets;
        _waited += waited;
    }

    /// <summary>A command with many octets was answered after that time.</summary>
    /// <param name="octets">How many.</param>
    /// <param name="time">From its first octet to the answer.</param>
    public void Sent(long octets, TimeSpan time) => Carried(octets, _roundTrip < time ? time - _roundTrip : TimeSpan.Zero);
}
