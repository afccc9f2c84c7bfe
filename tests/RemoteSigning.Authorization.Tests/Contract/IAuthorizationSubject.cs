using System.Security.Cryptography;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>An authorization server under <see cref="AuthorizationContract"/>, with what its surroundings would set up.</summary>
internal interface IAuthorizationSubject : IAsyncDisposable
{
    /// <summary>A signing server.</summary>
    Api Ssa { get; }

    ManualClock Clock { get; }

    /// <summary>What it is known to the SAM as.</summary>
    string Issuer { get; }

    /// <summary>A SAM node that it mints for.</summary>
    string Node { get; }

    string OtherNode { get; }

    /// <summary>The key with which <see cref="Node"/> signs its log.</summary>
    ECDsa AuditKey { get; }

    /// <summary>The public key of its SADs.</summary>
    ECDsa SadKey { get; }

    /// <summary>Makes an account with <see cref="ContractSigner.Pin"/>.</summary>
    Task<ContractSigner> AddSignerAsync(string email, string password);

    /// <summary>A one-time password that the signer's app shows now and that was not used.</summary>
    string Otp(ContractSigner signer);

    /// <summary>A credential (SCAL 1, PIN) whose signatures the signer's device approves.</summary>
    /// <returns>Its id; the id of its key is as with <see cref="ContractSigner.KeyOf"/>.</returns>
    Task<string> AddDeviceCredentialAsync(ContractSigner signer, string token);
}
