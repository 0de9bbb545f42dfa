namespace MailOps.Server.Hosting.Configuration;

/// <summary>How something in a configuration stands.</summary>
public enum ConfigurationRisk
{
    /// <summary>As it should be.</summary>
    None,

    /// <summary>It works, and is less safe or less polite than it could be.</summary>
    Warning,

    /// <summary>It lets others read or do what they must not, or keeps clients away.</summary>
    Danger,
}

/// <summary>What a look at a configuration found.</summary>
/// <param name="Check">What was looked at: a stable name in Pascal case.</param>
/// <param name="Risk">How it stands.</param>
/// <param name="Message">What was found, and what to do about it, as a sentence.</param>
/// <param name="Evidence">The value, the name of the file or the field of the certificate; empty if there is none.</param>
/// <param name="Source">What says how it should be; empty where no standard does.</param>
public sealed record ConfigurationFinding(string Check, ConfigurationRisk Risk, string Message, string Evidence = "", string Source = "");
