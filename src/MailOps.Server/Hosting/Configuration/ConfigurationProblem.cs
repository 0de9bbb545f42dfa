using System.Globalization;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>Something in a configuration that cannot be used.</summary>
/// <param name="Setting">The whole name of the setting; empty if it is none.</param>
/// <param name="Line">The line of the file, from 1; 0 if that is not known.</param>
/// <param name="Message">What is wrong and what to write instead, as a sentence.</param>
public sealed record ConfigurationProblem(string Setting, int Line, string Message)
{
    /// <summary>Such as <c>line 12: Limits.MaxConnections is …</c>.</summary>
    public override string ToString() => Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"line {Line}: {Message}") : Message;
}
