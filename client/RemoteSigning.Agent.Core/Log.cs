using Microsoft.Extensions.Logging;

namespace RemoteSigning.Agent.Core;

/// <summary>Everything the agent logs. Event ids are stable; no secret is ever an argument.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "The card is served at {Socket} in mode {Mode} for {Email} at {Server}.")]
    public static partial void Serving(ILogger log, string socket, string mode, string email, Uri server);

    [LoggerMessage(101, LogLevel.Information, "The agent has stopped.")]
    public static partial void Stopped(ILogger log);

    [LoggerMessage(102, LogLevel.Warning, "The signer's secrets come from the file {File}: whoever controls this account can sign. This is meant for tests and unattended use.")]
    public static partial void SecretsFromFile(ILogger log, string file);

    [LoggerMessage(110, LogLevel.Warning, "A connection of user {User} (process {Process}, {Program}) was refused: this agent serves its own user only.")]
    public static partial void PeerRefused(ILogger log, uint user, int process, string program);

    [LoggerMessage(116, LogLevel.Warning, "A connection of user {User} was refused: process {Process}, {Program}.")]
    public static partial void ForeignPeerRefused(ILogger log, string user, uint process, string program);

    [LoggerMessage(111, LogLevel.Warning, "A connection was refused: the system does not say who made it.")]
    public static partial void PeerUnknown(ILogger log, Exception cause);

    [LoggerMessage(112, LogLevel.Warning, "A connection of {Program} was refused: there are {Limit} already.")]
    public static partial void TooManyConnections(ILogger log, string program, int limit);

    [LoggerMessage(113, LogLevel.Warning, "A connection of {Program} (process {Process}) was ended: {Reason}")]
    public static partial void ConnectionEnded(ILogger log, string program, int process, string reason);

    [LoggerMessage(114, LogLevel.Error, "The next connection could not be accepted.")]
    public static partial void AcceptFailed(ILogger log, Exception cause);

    [LoggerMessage(115, LogLevel.Error, "Serving a connection of {Program} failed.")]
    public static partial void ConnectionFailed(ILogger log, string program, Exception cause);

    [LoggerMessage(117, LogLevel.Debug, "A program closed its connection before it could be taken.")]
    public static partial void CallerGone(ILogger log, Exception cause);

    [LoggerMessage(120, LogLevel.Information, "{Program} closed the connection during {Verb}: the call is dropped.")]
    public static partial void CallDropped(ILogger log, string program, string verb);

    [LoggerMessage(121, LogLevel.Warning, "{Verb} of {Program} was answered with problem {Number} ({Problem}): {Text}")]
    public static partial void CallRefused(ILogger log, string verb, string program, int number, string problem, string text, Exception? cause);

    [LoggerMessage(122, LogLevel.Error, "{Verb} of {Program} failed.")]
    public static partial void CallFailed(ILogger log, string verb, string program, Exception cause);

    [LoggerMessage(130, LogLevel.Information, "Signed in; the card holds {Count} credentials.")]
    public static partial void SignedIn(ILogger log, int count);

    [LoggerMessage(131, LogLevel.Information, "Signed out.")]
    public static partial void SignedOut(ILogger log);

    [LoggerMessage(132, LogLevel.Warning, "Reading the credentials failed, next try in {Seconds} seconds: {Text}")]
    public static partial void FetchFailed(ILogger log, int seconds, string text, Exception cause);

    [LoggerMessage(133, LogLevel.Warning, "The stored password was refused and is not tried again; sign in with: virtual-card login")]
    public static partial void StoredPasswordRefused(ILogger log, Exception cause);

    [LoggerMessage(134, LogLevel.Warning, "The credential {Id} is not on the card: {Reason}.")]
    public static partial void CredentialLeftOut(ILogger log, string id, string reason, Exception? cause);

    [LoggerMessage(135, LogLevel.Error, "Reading the credentials failed by a defect of the agent, next try in {Seconds} seconds.")]
    public static partial void FetchBroken(ILogger log, int seconds, Exception cause);

    [LoggerMessage(140, LogLevel.Information, "Signed with credential {Credential} ({Algorithm}) for {Program}.")]
    public static partial void Signed(ILogger log, string credential, string algorithm, string program);

    [LoggerMessage(150, LogLevel.Warning, "A control request was refused: {Text}")]
    public static partial void ControlRefused(ILogger log, string text, Exception? cause);
}
