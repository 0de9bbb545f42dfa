namespace MailOps.Server.Queue;

/// <summary>An account has as many messages that wait for their release as it may have: nothing was kept.</summary>
/// <param name="account">The account.</param>
/// <param name="limit">How many it may have.</param>
internal sealed class TooManyHeldException(string account, int limit) : Exception($"{account} has {limit} messages or more that wait for their release.")
{
    /// <summary>The account.</summary>
    public string Account => account;

    /// <summary>How many it may have.</summary>
    public int Limit => limit;
}
