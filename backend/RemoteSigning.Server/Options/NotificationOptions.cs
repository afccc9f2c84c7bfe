namespace RemoteSigning.Server.Options;

/// <summary>The section <c>Notifications</c>: how applications are told that asynchronous signatures are ready, and signers that something waits.</summary>
internal sealed class NotificationOptions
{
    /// <summary>PEM file with the one root under which their servers' certificates are; without it the roots of the system.</summary>
    public string? TrustedRoot { get; set; }

    /// <summary>Whether signers are told by e-mail that an approval waits for one of their devices. The authorization server sends it.</summary>
    public bool WaitingApprovals { get; set; }
}
