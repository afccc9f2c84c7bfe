namespace RemoteSigning.Interop;

/// <summary>The login modes of the card (docs/pkcs11.md).</summary>
internal enum CardMode
{
    /// <summary>The agent asks for the PIN.</summary>
    Protected,

    /// <summary>The program hands over the PIN.</summary>
    Pin,

    /// <summary>Being signed in to the agent is the login.</summary>
    Agent,
}
