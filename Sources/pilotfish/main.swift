print("pilotfish")
