namespace MailOps.Server.Smtp;

/// <summary>The time that a client has for the data of a message. It begins anew when enough has come: one octet now and then is not enough.</summary>
internal struct DataPace
{
    private readonly SmtpSession _session;
    private long _octets;

    /// <summary>Begins.</summary>
    public DataPace(SmtpSession session)
    {
        _session = session;
        session.ExpectProgress();
    }

    /// <summary>Says that so many octets came.</summary>
    public void Count(long octets)
    {
        var options = _session.Options;
        _octets += octets;
        _session.CountData(octets);
        if (_octets < options.MinDataRate * (long)options.Timeout.TotalSeconds)
            return;

        _octets = 0;
        _session.ExpectProgress();
    }
}
