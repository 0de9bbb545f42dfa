namespace MailOps.Server.Hosting.Configuration;

/// <summary>What came of reading a configuration: what a server is started with, or everything that is wrong.</summary>
/// <param name="Options">The options; null if there are problems.</param>
/// <param name="Problems">All problems, in the order of their lines.</param>
public sealed record ConfigurationResult(MailServerOptions? Options, IReadOnlyList<ConfigurationProblem> Problems);
