namespace MailOps.Cmdlets.Runtime;

/// <summary>Carries the words of a finding in an error record; never thrown across a session.</summary>
public sealed class MailFindingException : Exception
{
    /// <summary>A finding.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public MailFindingException(string message)
        : base(message)
    {
    }
}
